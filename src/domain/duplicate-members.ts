import { endOfString } from './json-text.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Whether a JSON text gives one member of an object twice, however its name is spelled (`"a"`,
 * `"\u0061"`). Linear in the text. A text that is not JSON gets either answer: parse it as well.
 *
 * Attack: a parser keeps the last of two members, another one the first, so that what was authorized is
 * not what is done.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-4
 */
export function hasDuplicateMember(text: string): boolean {
  /** Names of each object that is open; `undefined` stands for an array. */
  const open: (Set<string> | undefined)[] = [];
  let isName = false;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case OPEN_OBJECT:
        open.push(new Set());
        isName = true;
        break;
      case OPEN_ARRAY:
        open.push(undefined);
        isName = false;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        open.pop();
        isName = false;
        break;
      case COMMA:
        isName = open.at(-1) !== undefined;
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        const names = open.at(-1);
        if (isName && names !== undefined) {
          const name = nameOf(text.slice(at, end + 1));
          if (names.has(name)) return true;
          names.add(name);
        }
        isName = false;
        at = end;
      }
    }
  }
  return false;
}

function nameOf(quoted: string): string {
  const raw = quoted.slice(1, -1);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(quoted) as string;
  } catch {
    // Intentionally the raw text: what is no JSON string is refused by whoever parses it.
    return raw;
  }
}
