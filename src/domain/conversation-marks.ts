import type { Passage } from './find-phrases.ts';

/**
 * What mimics the borders of a conversation, or hides in a text once it is rendered. One alternation of
 * plain texts: nothing repeats, so nothing can be tried twice.
 */
const MARKS =
  /<\/?(?:important|system|instructions?|secret|hidden|critical|mandatory|assistant|user|human)>|<(?:important|system|instruction|secret|hidden|critical|mandatory|assistant)[ \n:]|<\||\[\/?inst\]|\[system|<<sys|<!--|<function_call|<tool_call|### (?:instruction|system)|\n[ \t]{0,2}(?:system|assistant|human|user):|\[\/\/\]: #/gi;

/** What of a text mimics the borders of a conversation, at most `most`, in order. */
export function findMarks(text: string, most: number): readonly Passage[] {
  const found: Passage[] = [];
  for (const { index, 0: mark } of `\n${text}`.matchAll(MARKS)) {
    if (found.length === most) break;
    const start = Math.max(0, index - 1);
    found.push({ start, end: start + mark.length });
  }
  return found;
}
