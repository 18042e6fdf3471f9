import type { ItemFlag } from '../domain/item-flag.ts';
import { findUnseen } from '../domain/unseen.ts';
import { type DefinitionText, jsonPointer } from './definition-texts.ts';
import { spellHidden } from './spell-hidden.ts';

/** Longest pointer that is shown whole, characters. */
const MAX_AT = 200;
const MAX_FOUND = 200;
/** Shown before the first hidden character. */
const CONTEXT = 24;

/**
 * The first thing in a text that people cannot see, as a flag that blocks; `undefined` when there is
 * none. Line ends, tabs and the coloured form of an emoji are fine, but not in a name.
 */
export function hiddenText({ text, path }: DefinitionText, isName: boolean): ItemFlag | undefined {
  if (PLAIN.test(text)) return undefined;
  for (const { at, character } of findUnseen(text)) {
    if (!isName && (WHITE_SPACE.has(character) || isEmojiStyle(text, at))) continue;
    const before = spellHidden(text.slice(Math.max(0, at - CONTEXT), at).toWellFormed());
    const after = spellHidden(text.slice(at), { maxChars: MAX_FOUND });
    const found = `${before.slice(-MAX_FOUND / 2)}${after}`.slice(0, MAX_FOUND);
    return { kind: 'hidden_text', at: pointerShown(path), found, isBlocking: true };
  }
  return undefined;
}

/** Nothing but printable ASCII, as most texts. */
const PLAIN = /^[ -~]*$/;

/** Line ends and tabs: descriptions have them. Not in names. */
const WHITE_SPACE: ReadonlySet<string> = new Set(['\n', '\r', '\t']);

/**
 * Whether the character at `at` asks for the coloured form of the emoji before it (`⚠️`), and no further
 * selector follows: what people see is what is said. Runs of selectors carry hidden text.
 */
const isEmojiStyle = (text: string, at: number): boolean =>
  text[at] === '\ufe0f' && isPictographic(codeBefore(text, at)) && !isSelector(text, at + 1);

const pictographic = new Map<number, boolean>();
function isPictographic(code: number): boolean {
  let is = pictographic.get(code);
  if (is === undefined) {
    is = /\p{Extended_Pictographic}/u.test(String.fromCodePoint(code));
    pictographic.set(code, is);
  }
  return is;
}

/** The character that ends before `at`; 0 at the beginning. */
function codeBefore(text: string, at: number): number {
  const [first, last] = [text.codePointAt(at - 2) ?? 0, text.charCodeAt(at - 1)];
  return first > 0xffff ? first : last || 0;
}

function isSelector(text: string, at: number): boolean {
  const code = text.codePointAt(at) ?? 0;
  return (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef);
}

/** Where a text stands, as a JSON pointer, hidden characters spelled out, at most 200 characters. */
export function pointerShown(path: readonly string[]): string {
  const pointer = spellHidden(jsonPointer(path.map((segment) => segment.slice(0, MAX_AT))));
  return pointer.length <= MAX_AT ? pointer : `${pointer.slice(0, MAX_AT - 1)}…`;
}
