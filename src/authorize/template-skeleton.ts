import { type Glob, globOf } from './glob.ts';
import type { GlobPiece } from './glob-program.ts';
import { normaliseUri } from './normalise-uri.ts';

/** Stands for an expression while the rest is normalised; the second where only digits may stand. */
const STAND_INS = ['zq0qz', '65432'];

const EXPRESSION = /\{[^{}]*\}/g;

/** What a resource template expands to, normalised, and more: an expression is taken for any text. */
export interface Skeleton {
  /** What every URI of it begins with, and is longer than. */
  readonly head: string;
  /** A glob over whole URIs, behind a server's name and a slash. */
  readonly glob: Glob;
}

/**
 * The shape of the URIs a resource template (RFC 6570) of a tool server expands to. A text when it has
 * no expressions; `undefined` for a template that no URI with a normal form comes of.
 */
export function templateSkeleton(server: string, template: string): Skeleton | string | undefined {
  for (const standIn of STAND_INS) {
    if (template.includes(standIn)) continue;
    const uri = normaliseUri(template.replaceAll(EXPRESSION, standIn));
    if (uri !== undefined) return shape(server, template, uri.split(standIn));
  }
  // The scheme itself is left open, so everything is.
  const isOpen = template.startsWith('{') && !/[{}]/.test(template.replaceAll(EXPRESSION, ''));
  return isOpen ? shape(server, template, ['', '']) : undefined;
}

/** Literal texts with any text between each two. */
function shape(server: string, template: string, texts: readonly string[]): Skeleton | string {
  const [first = '', ...others] = texts;
  if (others.length === 0) return first;
  const pieces = [...`${server}/${first}`].map(literal);
  for (const text of others) pieces.push({ kind: 'many', what: 'any' }, ...[...text].map(literal));
  // An expression may expand to nothing, so the last character is left to the glob.
  return { head: first.slice(0, -1), glob: globOf(template, pieces) };
}

const literal = (character: string): GlobPiece => ({
  kind: 'one',
  what: character.codePointAt(0) ?? 0,
});
