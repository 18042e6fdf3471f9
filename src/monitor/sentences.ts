/** A sentence, a line of a list, the text of an element. */
export interface Sentence {
  readonly text: string;
  /** What stands before its first letter. */
  readonly before: string;
}

const MAX_SENTENCES = 2_000;
/** Longest one, characters: what never ends is cut. */
const MAX_LENGTH = 600;

/** Ends of sentences, blank lines, line ends written as `\n`, tags. */
const END = /(?<=[.!?:])(?=[\s"'])|\n\s*\n|\\n|<\/?[a-z][^<>]{0,300}>|(?<=[;>])\s/gi;
/** Blank lines at the beginning of a field, in any way to write them. */
const SET_OFF = /(?:^|[^\p{L}\p{N}.,!?\s\\])(?:[ \t]*(?:\r?\n|\\+n)){2}(?:\s|\\+n){0,32}$/u;
const LETTER = /\p{L}/u;

/** The sentences of a text; `isWhole` unless there are more than are read. */
export function sentencesOf(text: string): {
  readonly sentences: readonly Sentence[];
  readonly isWhole: boolean;
} {
  const sentences: Sentence[] = [];
  let start = 0;
  const add = (until: number): void => {
    while (until - start > MAX_LENGTH) {
      const space = text.lastIndexOf(' ', start + MAX_LENGTH);
      const end = space > start ? space : start + MAX_LENGTH;
      push(end);
      start = end;
    }
    push(until);
  };
  const push = (until: number): void => {
    const part = text.slice(start, until);
    const letter = part.search(LETTER);
    if (letter < 0) return;
    const before = text.slice(Math.max(0, start + letter - 32), start + letter);
    sentences.push({ text: part, before });
  };
  for (const match of text.matchAll(END)) {
    add(match.index);
    start = match.index + match[0].length;
    if (sentences.length >= MAX_SENTENCES) return { sentences, isWhole: false };
  }
  add(text.length);
  return { sentences, isWhole: true };
}

/** Whether a sentence begins a field or an element, and blank lines stand before it. */
export const isSetOff = ({ before }: Sentence): boolean => SET_OFF.test(before);
