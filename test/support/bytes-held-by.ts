import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export const MEGABYTE = 1024 * 1024;

/** Bytes of memory that are in use because of what `keep` returns. */
export function bytesHeldBy(keep: () => readonly unknown[]): number {
  const used = (): number => {
    // Long texts go with the second one.
    for (let times = 0; times < 2; times += 1) collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const kept = keep();
  const held = used() - before;
  if (kept.length === 0) throw new Error('nothing is kept');
  return held;
}
