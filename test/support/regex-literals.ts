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
 * Whether a repetition without an upper bound stands inside another one: the form whose work can grow
 * exponentially with the text.
 */
export function hasNestedRepetition(source: string): boolean {
  const open: boolean[] = [false];
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at];
    if (character === '\\') at += 1;
    else if (character === '[') {
      while (source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
    } else if (character === '(') open.push(false);
    const isGroup = character === ')';
    const isRepeated = /^(?:[*+]|\{\d+,\})/.test(source.slice(at + 1));
    const holds = isGroup ? open.pop() === true : false;
    if (holds && isRepeated) return true;
    if (holds || (isRepeated && character !== '(')) open[open.length - 1] = true;
  }
  return false;
}
