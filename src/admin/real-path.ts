import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RealPath } from '../authorize/within-path.ts';

/**
 * Follows links on this machine's disk. Synchronous: a decision is one step, and nothing may change
 * between its parts. What cannot be looked into (a folder that others closed, a ring of links, a link
 * that leads nowhere yet) has no answer.
 */
export const realPathOnDisk: RealPath = (path) => {
  try {
    let at = path;
    while (lstatSync(at, { throwIfNoEntry: false }) === undefined) {
      if (at === '/') return undefined;
      at = dirname(at);
    }
    const real = realpathSync.native(at);
    return (real === '/' ? '' : real) + path.slice(at === '/' ? 0 : at.length) || '/';
  } catch {
    return undefined;
  }
};
