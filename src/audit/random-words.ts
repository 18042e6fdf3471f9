import type { Span } from '../domain/span.ts';

const RUN = /[A-Za-z0-9+/_=~!@#$%^&*-]{20,}/g;
const MIN_RUN = 20;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MIN_DISTINCT = 8;
const MIN_UNREADABLE = 12;
const LONGEST_WORD = 24;

/**
 * Where a text holds a long word that looks generated: letters and digits mixed as no name or path
 * mixes them. UUIDs are taken for ids. In doubt it is a secret.
 */
export function findRandomWords(text: string): readonly Span[] {
  const spans: Span[] = [];
  if (text.length < MIN_RUN) return spans;
  for (const match of text.matchAll(RUN)) {
    if (looksRandom(match[0])) {
      spans.push({ start: match.index, end: match.index + match[0].length, kind: 'random' });
    }
  }
  return spans;
}

function looksRandom(run: string): boolean {
  if (new Set(run).size < MIN_DISTINCT) return false;
  let unreadable = 0;
  for (const word of run.split(/[/=&]/)) {
    if (UUID.test(word)) continue;
    for (const part of word.split(/[^A-Za-z0-9]+/))
      if (!isReadable(part)) unreadable += part.length;
  }
  return unreadable >= MIN_UNREADABLE;
}

/** A number, or words as people join them, with up to eight digits at either end. */
function isReadable(part: string): boolean {
  const letters = part.replace(/^\d{1,8}(?=\D)/, '').replace(/(?<=\D)\d{1,8}$/, '');
  if (/^\d*$/.test(letters)) return true;
  if (/\d/.test(letters)) return false;
  const words = letters.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [letters];
  if (words.some((word) => word.length > LONGEST_WORD)) return false;
  if (letters.length / words.length < 3) return false;
  if (letters.length < MIN_UNREADABLE) return true;
  const short = words.filter((word) => word.length < 3).length;
  return (words.length < 4 || short * 3 <= words.length) && !words.some(isUnspeakable);
}

/** Five consonants in a row, which names and words seldom have. */
const isUnspeakable = (word: string): boolean =>
  /[b-df-hj-np-tv-xz]{5}/i.test(word) && /[a-z]/.test(word);
