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
/** The last of them at the beginning of a text. */
const FIRST_LINE = /^[ \t]{0,2}(?:system|assistant|human):/i;

/** What of a definition's text mimics the borders of a conversation, at most `most`, in order. */
export function findMarks(text: string, most: number): readonly Passage[] {
  const found: Passage[] = [];
  for (const { index, 0: mark } of `\n${text}`.matchAll(MARKS)) {
    if (found.length === most) break;
    const start = Math.max(0, index - 1);
    found.push({ start, end: start + mark.length });
  }
  return found;
}

/** How much of a text that a tool server answered mimics them, counting at most `most`. */
export function countOrderMarks(text: string, most: number): number {
  if (!MAY_MARK.test(text)) return 0;
  MARKS_IN_RESULTS.lastIndex = 0;
  let count = FIRST_LINE.test(text) ? 1 : 0;
  while (count < most && MARKS_IN_RESULTS.test(text)) count += 1;
  return count;
}

const MAY_MARK = /[<[#:]/;
