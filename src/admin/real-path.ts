import { lstatSync, realpathSync } from 'node:fs';
import type { RealPath } from '../authorize/within-path.ts';

/**
 * Follows links on this machine's disk. Synchronous: a decision is one step, and nothing may change
 * between its parts. What cannot be looked into (a folder that others closed, a ring of links, a link
 * that leads nowhere yet) has no answer.
 *
 * Attack: a path of a thousand names that are not there, each looked for. Where the first of them is gone
 * all are, so that it is found by halves.
 */
export const realPathOnDisk: RealPath = (path) => {
  const names = path === '/' ? [] : path.slice(1).split('/');
  const upTo = (count: number): string => `/${names.slice(0, count).join('/')}`;
  try {
    let found = 0;
    let gone = names.length + 1;
    // The whole path first: mostly it is there.
    for (let next = names.length; gone - found > 1; next = (found + gone) >>> 1) {
      if (lstatSync(upTo(next), { throwIfNoEntry: false }) === undefined) gone = next;
      else found = next;
    }
    const real = realpathSync.native(upTo(found));
    return ['', ...(real === '/' ? [] : [real.slice(1)]), ...names.slice(found)].join('/') || '/';
  } catch {
    return undefined;
  }
};
