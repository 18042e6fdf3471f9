/** A disagreement as text that can be pasted into a regression test. */
export const shown = (value: unknown): string =>
  JSON.stringify(value, (_key, each) => (each instanceof Map ? Object.fromEntries(each) : each));

/** The smallest first: they are the easiest to understand. */
export const smallest = (texts: readonly string[]): string[] =>
  texts.toSorted((a, b) => a.length - b.length).slice(0, 3);
