import type { Passage } from './find-phrases.ts';

/**
 * What mimics the borders of a conversation, or hides in a text once it is rendered. One alternation of
 * plain texts: nothing repeats, so nothing can be tried twice.
 */
const MARKS =
  /<\/?(?:important|system|instructions?|secret|hidden|critical|mandatory|assistant|user|human)>|<(?:important|system|instruction|secret|hidden|critical|mandatory|assistant)[ \n:]|<\||\[\/?inst\]|\[system|<<sys|<!--|<function_call|<tool_call|### (?:instruction|system)|\n[ \t]{0,2}(?:system|assistant|human|user):|\[\/\/\]: #/gi;

/**
 * Those of them that what people write for each other hardly has: pages have comments, records have a
 * line `user:`.
 */
const MARKS_IN_RESULTS =
  /<\/?(?:important|system|instructions?|critical|mandatory|assistant|human)>|<\|(?:im_|system|user|assistant|end|begin|start)|\[\/?inst\]|<<sys|<function_call|<tool_call|### (?:instruction|system)|\n[ \t]{0,2}(?:system|assistant|human):/gi;

/** What of a definition's text mimics the borders of a conversation, at most `most`, in order. */
export const findMarks = (text: string, most: number): readonly Passage[] =>
  find(MARKS, text, most);

/** As `findMarks`, of a text that a tool server answered. */
export const findOrderMarks = (text: string, most: number): readonly Passage[] =>
  MAY_MARK.test(text) ? find(MARKS_IN_RESULTS, text, most) : [];

const MAY_MARK = /[<[#:]/;

function find(marks: RegExp, text: string, most: number): readonly Passage[] {
  const found: Passage[] = [];
  for (const { index, 0: mark } of `\n${text}`.matchAll(marks)) {
    if (found.length === most) break;
    const start = Math.max(0, index - 1);
    found.push({ start, end: start + mark.length });
  }
  return found;
}
