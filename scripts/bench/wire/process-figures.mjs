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
