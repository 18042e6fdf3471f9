import { plainText } from './plain-text.ts';

/** Series one metric may have; beyond it further ones are counted together, as `_other`. */
const MAX_SERIES = 4_000;
const OTHER = '_other';
const BETWEEN = '\u0000';

/** One line of a metric. */
export interface Sample {
  /** Of the line, where it differs from the metric's: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

/** A metric as it is now. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  samples(): readonly Sample[];
}

/** Something counted, by labels. */
export interface Counter<L extends string> extends Metric {
  add(labels: Readonly<Record<L, string>>, by?: number): void;
}

/** Durations, by labels. */
export interface Histogram<L extends string> extends Metric {
  /** @param seconds of one. */
  observe(labels: Readonly<Record<L, string>>, seconds: number): void;
}

/** Values by labels, a level for each. */
interface Known<T> {
  readonly next: Map<string, Known<T>>;
  of?: T;
}

function note<T>(from: Known<T>, values: readonly string[], of: T): void {
  let at = from;
  for (const value of values) {
    const next: Known<T> = at.next.get(value) ?? { next: new Map() };
    at.next.set(value, next);
    at = next;
  }
  at.of = of;
}

/**
 * Values by labels, made when they are first told; never more than a bound. Labels that read alike are one:
 * a series told twice would void everything else that is told.
 */
function createSeries<T>(names: readonly string[], make: () => T) {
  const series = new Map<string, { readonly values: readonly string[]; readonly of: T }>();
  /** By the labels as they came, one after another: a text made of them would cost what the rest does. */
  const known: Known<T> = { next: new Map() };
  let aliases = 0;

  function find(values: readonly string[]): T {
    const key = values.join(BETWEEN);
    const found = series.get(key);
    if (found !== undefined) return found.of;
    if (series.size >= MAX_SERIES && values[0] !== OTHER) return find(names.map(() => OTHER));
    const of = make();
    series.set(key, { values, of });
    return of;
  }

  return {
    of(labels: Readonly<Record<string, string>>): T {
      let at: Known<T> | undefined = known;
      for (const name of names) at = at?.next.get(labels[name] ?? '');
      if (at?.of !== undefined) return at.of;
      const values = names.map((name) => labels[name] ?? '');
      const of = find(values.map(plainText));
      if (aliases < MAX_SERIES) {
        aliases += 1;
        note(known, values, of);
      }
      return of;
    },
    all: () =>
      [...series.values()].map(({ values, of }) => ({
        labels: names.map((name, at) => [name, values[at] ?? ''] as const),
        of,
      })),
  };
}

/** Makes a counter. */
export function createCounter<L extends string>(
  name: string,
  help: string,
  labels: readonly L[],
): Counter<L> {
  const series = createSeries(labels, () => ({ value: 0 }));
  return {
    ...{ name, help, type: 'counter' },
    add(values, by = 1) {
      series.of(values).value += by;
    },
    samples: () => series.all().map(({ labels, of }) => ({ labels, value: of.value })),
  };
}

/** Makes a histogram. @param bounds of its buckets, seconds, ascending, without infinity. */
export function createHistogram<L extends string>(
  name: string,
  help: string,
  labels: readonly L[],
  bounds: readonly number[],
): Histogram<L> {
  const series = createSeries(labels, () => ({
    buckets: bounds.map(() => 0),
    count: 0,
    sum: 0,
  }));
  return {
    ...{ name, help, type: 'histogram' },
    observe(values, seconds) {
      const of = series.of(values);
      of.count += 1;
      of.sum += seconds;
      const at = bounds.findIndex((bound) => seconds <= bound);
      if (at !== -1) of.buckets[at] = (of.buckets[at] ?? 0) + 1;
    },
    samples: () =>
      series.all().flatMap(({ labels, of }): Sample[] => {
        let below = 0;
        const buckets = bounds.map((bound, at): Sample => {
          below += of.buckets[at] ?? 0;
          const le = ['le', String(bound)] as const;
          return { suffix: '_bucket', labels: [...labels, le], value: below };
        });
        return [
          ...buckets,
          { suffix: '_bucket', labels: [...labels, ['le', '+Inf']], value: of.count },
          { suffix: '_sum', labels, value: of.sum },
          { suffix: '_count', labels, value: of.count },
        ];
      }),
  };
}

/** A metric that is what it is at the moment it is asked for. */
export const gauge = (
  name: string,
  help: string,
  samples: readonly Sample[],
  type: 'gauge' | 'counter' = 'gauge',
): Metric => ({ name, help, type, samples: () => samples });
