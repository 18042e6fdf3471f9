import { replaceUnseen } from '../domain/unseen.ts';

const MAX_TEXT = 128;

/**
 * A name as it is told to those who watch: short, well-formed, and without characters that are not seen or
 * act on what shows them. Attack: a tool server names a tool so that a log, a terminal or a page breaks.
 */
export const plainText = (text: string): string => {
  const short = text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
  return replaceUnseen(short, () => '\ufffd');
};
