import { canonicalJson } from './canonical-json.ts';
import { readNumber } from './exact-json.ts';
import { endOfNumber, isOfNumber } from './json-number.ts';
import { endOfString } from './json-string.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  startOfToken,
} from './json-token.ts';

/** A whole number of so few characters is in its canonical form. */
const MAX_PLAIN = 15;

/** A text in its pieces, one behind the other. */
type Pieces = string | readonly Pieces[];

/**
 * The canonical form (`canonicalJson`) of the object that a spelling is kept of, in pieces: what is in that
 * form as it was spelled is not copied, so that a long text among it costs next to nothing.
 *
 * @param text as `spellingOf` gives it: JSON, no member given twice, nesting bounded, no escape that we would
 * not write ourselves, well-formed. Each string of it is in its canonical form, then.
 */
export function canonicalPieces(text: string): readonly string[] {
  let at = 0;

  /** Passes white space and the mark before the next token. */
  function next(): number {
    at = startOfToken(text, at);
    return text.charCodeAt(at);
  }

  /** Passes the value at `at`. Its canonical form, where that is not how it is spelled. */
  function value(): Pieces | undefined {
    const code = text.charCodeAt(at);
    if (code === OPEN_OBJECT) return object();
    if (code === OPEN_ARRAY) return array();
    if (code === QUOTE) at = endOfString(text, at) + 1;
    else if (code === 0x74 || code === 0x6e) at += 4;
    else if (isOfNumber(code)) return number();
    else at += 5;
    return undefined;
  }

  function number(): string | undefined {
    const start = at;
    at = endOfNumber(text, start);
    const source = text.slice(start, at);
    if (source.length <= MAX_PLAIN && /^-?\d+$/.test(source)) return undefined;
    const form = canonicalJson(readNumber(source));
    return form === source ? undefined : form;
  }

  function object(): Pieces | undefined {
    const start = at;
    const members: { readonly name: string; readonly form: Pieces }[] = [];
    let isAsSpelled = true;
    let length = 1;
    at += 1;
    while (next() !== CLOSE_OBJECT) {
      const nameAt = at;
      at = endOfString(text, at) + 1;
      const quoted = text.slice(nameAt, at);
      const name = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
      next();
      const valueAt = at;
      const form = value();
      // With the colon, and the comma or the bracket behind it.
      length += quoted.length + 1 + (at - valueAt) + 1;
      const last = members.at(-1);
      isAsSpelled &&= form === undefined && (last === undefined || last.name < name);
      members.push({ name, form: [quoted, ':', form ?? text.slice(valueAt, at)] });
    }
    at += 1;
    if (isAsSpelled && Math.max(2, length) === at - start) return undefined;
    members.sort((a, b) => (a.name < b.name ? -1 : 1));
    return ['{', separated(members.map(({ form }) => form)), '}'];
  }

  function array(): Pieces | undefined {
    const start = at;
    const items: Pieces[] = [];
    let isAsSpelled = true;
    let length = 1;
    at += 1;
    while (next() !== CLOSE_ARRAY) {
      const valueAt = at;
      const form = value();
      length += at - valueAt + 1;
      isAsSpelled &&= form === undefined;
      items.push(form ?? text.slice(valueAt, at));
    }
    at += 1;
    if (isAsSpelled && Math.max(2, length) === at - start) return undefined;
    return ['[', separated(items), ']'];
  }

  const form = value();
  return form === undefined ? [text] : flat(form);
}

const separated = (pieces: readonly Pieces[]): readonly Pieces[] =>
  pieces.map((piece, n) => (n === 0 ? piece : [',', piece]));

function flat(pieces: Pieces): readonly string[] {
  const out: string[] = [];
  const add = (piece: Pieces): void => {
    if (typeof piece === 'string') out.push(piece);
    else for (const each of piece) add(each);
  };
  add(pieces);
  return out;
}
