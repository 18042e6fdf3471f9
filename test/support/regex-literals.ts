import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const src = join(import.meta.dirname, '../../src');

/** A regular expression in the source, with the file it stands in. */
export interface RegexLiteral {
  readonly file: string;
  readonly source: string;
}

/** Code lines of `src/` by file: without comments and, roughly, without strings. */
export function codeLines(): readonly { readonly file: string; readonly line: string }[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      readFileSync(join(src, file), 'utf8')
        .split('\n')
        .filter((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line))
        .map((line) => ({ file, line })),
    );
}

/** Every regular expression literal of `src/`. */
export function regexLiterals(): readonly RegexLiteral[] {
  const literal =
    /(?:^|[\s(=:,[!&|?])\/(?![/*])((?:[^/\\[\n]|\\.|\[(?:[^\]\\]|\\.)*\])+)\/[dgimsuvy]*/g;
  return codeLines().flatMap(({ file, line }) =>
    [...line.matchAll(literal)].map(([, source = '']) => ({ file, source })),
  );
}

/**
 * Whether a group is repeated without an upper bound. Such a group may hold another repetition, and then
 * the work can grow exponentially with the text; if not, each round still takes a piece of a stack that
 * a few million of them exhaust. One character class repeated does neither.
 */
export function hasRepeatedGroup(source: string): boolean {
  for (let at = 0; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '[') while (source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
    else if (source[at] === ')' && /^(?:[*+]|\{\d+,\})/.test(source.slice(at + 1))) return true;
  }
  return false;
}
