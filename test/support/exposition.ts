/** One line of a metric as it was told. */
export interface ToldSample {
  readonly name: string;
  /** As written between the braces. */
  readonly labels: string;
  readonly value: number;
}

const LINE =
  /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"(?:,|(?=\})))*)\})? (?<value>[-+]?(?:\d[\d.e+-]*|Inf)|NaN)$/u;

/** Reads Prometheus' text format 0.0.4 by its grammar. @throws Error at the first line that is not of it. */
export function samplesOf(text: string): readonly ToldSample[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const types = new Map<string, string>();
  return text
    .slice(0, -1)
    .split('\n')
    .flatMap((line): ToldSample[] => {
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
      if (type !== null) {
        if (types.has(type[1] ?? '')) throw new Error(`two types: ${line}`);
        types.set(type[1] ?? '', type[2] ?? '');
        return [];
      }
      if (/^# HELP \S+ .*$/.test(line)) return [];
      const { name, labels = '', value } = LINE.exec(line)?.groups ?? {};
      if (name === undefined) throw new Error(`not a sample: ${JSON.stringify(line)}`);
      const family = name.replace(/_(?:bucket|sum|count)$/, '');
      if (!types.has(name) && types.get(family) !== 'histogram')
        throw new Error(`no type: ${line}`);
      return [{ name, labels, value: Number(value?.replace('Inf', 'Infinity')) }];
    });
}
