import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TOOLGRANT } from './place.ts';

/**
 * A `PATH` on which `toolgrant` is the built product, as an installation puts it there, run by this
 * Node. The folder holding both is made in `place`.
 */
export function pathWithToolgrant(place: string): string {
  const folder = join(place, 'bin');
  mkdirSync(folder);
  symlinkSync(TOOLGRANT, join(folder, 'toolgrant'));
  symlinkSync(process.execPath, join(folder, 'node'));
  return [folder, process.env.PATH ?? ''].join(delimiter);
}

/**
 * What a command showed, without what differs from run to run: places become the names given for
 * them (longest first), ids keep their kind, tokens, hashes, instants and durations their shape, and
 * columns stand two spaces apart.
 */
export function settled(shown: string, places: Readonly<Record<string, string>> = {}): string {
  const named = Object.entries(places).toSorted(([a], [b]) => b.length - a.length);
  return named
    .reduce((text, [place, name]) => text.replaceAll(place, name), shown)
    .replaceAll(/\b[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}/g, '<token>')
    .replaceAll(/\b(ses|ins|tok)_\w+/g, '$1_…')
    .replaceAll(/\b[0-9a-f]{64}\b/g, '<hash>')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, '<time>')
    .replaceAll(/\b\d+ ms\b/g, '<n> ms')
    .replaceAll(/\buid \d+\b/g, 'uid <n>')
    .replaceAll(/(?<=\S) {3,}(?=\S)/g, '  ');
}
