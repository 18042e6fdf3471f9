import { CONCEPT } from './concepts.ts';
import { readName } from './read-concepts.ts';

/** An element that is there and not shown. Each repetition is bounded. */
const UNSHOWN =
  /<[a-z][a-z0-9]{0,15}\s[^<>]{0,200}?(?:\bhidden\b|display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}0|opacity\s{0,3}:\s{0,3}0|color\s{0,3}:\s{0,3}(?:white|transparent|#fff))/i;
/** What loads something from elsewhere where a text is shown: what it loads tells what was said. */
const LOADS =
  /!\[[^\]\n]{0,200}\]\(\s{0,3}(?:https?:)?\/\/|<(?:img|iframe|object|embed|script|link|video|audio)\s[^<>]{0,200}?(?:src|href|data)\s{0,3}=/i;
/** Blank lines or spaces enough to move what follows out of a window. */
const FAR_AWAY = /(?:(?:\r?\n[ \t]{0,8}){12}|[ \t]{120})/;
const TAG = /(?:<|\[\[|%%\s?)\/?([A-Za-z][\w-]{2,60})/g;
const MAX_TAGS = 200;
const MAX_FOUND = 120;

/**
 * The first passage that is written so that whoever looks at the text shown does not see it: an
 * element that hides, one that loads from elsewhere, a block behind blank lines, a tag that addresses a
 * model.
 */
export function findOutOfSight(text: string): string | undefined {
  const unshown = UNSHOWN.exec(text);
  if (unshown !== null) return text.slice(unshown.index, unshown.index + MAX_FOUND);
  const loads = LOADS.exec(text);
  if (loads !== null) return text.slice(loads.index, loads.index + MAX_FOUND);
  const read = text.trimEnd();
  const far = FAR_AWAY.exec(read);
  if (far !== null) return read.slice(far.index).trimStart().slice(0, MAX_FOUND);
  let looked = 0;
  for (const { index, 1: name } of text.matchAll(TAG)) {
    looked += 1;
    if (looked > MAX_TAGS) return undefined;
    if ((readName(name ?? '') & CONCEPT.model) !== 0 || name === 'SYS')
      return text.slice(index, index + MAX_FOUND);
  }
  return undefined;
}
