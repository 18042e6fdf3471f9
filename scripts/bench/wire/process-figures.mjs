// What the operating system says of a process; Linux only, `undefined` elsewhere.
import { readdirSync, readFileSync } from 'node:fs';

const isLinux = process.platform === 'linux';

/** Microseconds of processor time that all threads of a process have had. */
export function processorTime(pid) {
  if (!isLinux || pid === undefined) return undefined;
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
      nanoseconds += Number(text.split(' ')[0]);
    } catch {
      // A thread that has just ended.
    }
  }
  return nanoseconds / 1000;
}

/** MiB of memory that a process holds. */
export function memory(pid) {
  if (!isLinux || pid === undefined) return undefined;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/**
 * What all processors have done, and what of it was this process and those it started, in ticks. Of the
 * latter only those count that have ended.
 */
export function processorTimes() {
  if (!isLinux) return undefined;
  const [, ...all] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).map(Number);
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const own = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
  const sum = (ticks) => ticks.reduce((total, one) => total + one, 0);
  const [user, nice, system, idle, waiting, ...interrupts] = all;
  const busy = sum([user, nice, system, ...interrupts.slice(0, 3)]);
  return { busy, total: busy + idle + waiting, own: sum(own) };
}

/** The share of all processors' time that others had between two looks: 0 to 1. */
export function othersShare(before, after) {
  if (before === undefined || after === undefined) return undefined;
  const [busy, total, own] = ['busy', 'total', 'own'].map((key) => after[key] - before[key]);
  return Math.max(0, (busy - own) / total);
}
