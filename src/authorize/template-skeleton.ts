import { type Glob, globOf } from './glob.ts';
import type { GlobPiece } from './glob-program.ts';
import { normaliseUri } from './normalise-uri.ts';

/** Stands for an expression while the rest is normalised; the second where only digits may stand. */
const STAND_INS = ['zq0qz', '65432'];

const EXPRESSION = /\{[^{}]*\}/g;

/**
 * A glob over `server/uri` that matches whatever a resource template (RFC 6570) expands to, normalised,
 * and more: an expression is taken for any text. `undefined` for a template that no URI with a normal
 * form comes of.
 */
export function templateSkeleton(server: string, template: string): Glob | undefined {
  for (const standIn of STAND_INS) {
    if (template.includes(standIn)) continue;
    const uri = normaliseUri(template.replaceAll(EXPRESSION, standIn));
    if (uri !== undefined) return globOf(template, between(`${server}/`, uri.split(standIn)));
  }
  // The scheme itself is left open, so everything is.
  return /^\{[^{}]*\}/.test(template) && !/[{}]/.test(template.replaceAll(EXPRESSION, ''))
    ? globOf(template, between(`${server}/`, ['', '']))
    : undefined;
}

/** Literal texts with any text between each two. */
function between(prefix: string, texts: readonly string[]): readonly GlobPiece[] {
  const pieces = [...prefix].map(literal);
  for (const [index, text] of texts.entries()) {
    if (index > 0) pieces.push({ kind: 'many', what: 'any' });
    pieces.push(...[...text].map(literal));
  }
  return pieces;
}

const literal = (character: string): GlobPiece => ({
  kind: 'one',
  what: character.codePointAt(0) ?? 0,
});
