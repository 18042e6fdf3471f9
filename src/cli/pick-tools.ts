/** A tool a person can pick from a list. */
export interface PickableTool {
  /** `server/tool`. */
  readonly ref: string;
  /** What its server says of it, unverified: it changes nothing. */
  readonly isReadOnly: boolean;
}

/** What came of an answer: rule patterns in the list's order, then those written out; or what is wrong. */
export type Picked =
  | { readonly ok: true; readonly patterns: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads which tools a person picked: numbers of the list from 1, ranges (`2-5`), `r` for all that say
 * they only read, and patterns (`files/read_*`), apart by commas or spaces.
 */
export function pickTools(answer: string, tools: readonly PickableTool[]): Picked {
  const picked = new Set<number>();
  const written: string[] = [];
  for (const word of answer.split(/[\s,]+(?![^{]*\})/).filter(Boolean)) {
    const range = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(word);
    if (word === 'r') {
      for (const [at, { isReadOnly }] of tools.entries()) if (isReadOnly) picked.add(at);
    } else if (range !== null) {
      const first = Number(range[1]);
      const last = Number(range[2] ?? range[1]);
      if (first < 1 || last > tools.length || first > last) {
        return { ok: false, problem: `${word}: the list goes from 1 to ${tools.length}` };
      }
      for (let number = first; number <= last; number += 1) picked.add(number - 1);
    } else if (word.includes('/')) written.push(word);
    else return { ok: false, problem: `${word}: neither a number, r, nor a pattern server/tool` };
  }
  const refs = tools.filter((_, at) => picked.has(at)).map(({ ref }) => ref);
  const patterns = [...new Set([...refs, ...written])];
  return patterns.length === 0
    ? { ok: false, problem: 'nothing is picked' }
    : { ok: true, patterns };
}
