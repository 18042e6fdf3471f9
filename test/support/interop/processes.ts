import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Pids of everything a process started and that still runs, children's children included. */
export function descendantsOf(pid: number): readonly number[] {
  const children = Map.groupBy(runningPairs(), ([, parent]) => parent);
  const found: number[] = [];
  const visit = (parent: number): void => {
    for (const [child] of children.get(parent) ?? []) {
      found.push(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

/** Every running process with its parent; those that only wait to be collected do not run. */
function runningPairs(): readonly (readonly [number, number])[] {
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z' || state === 'X' ? [] : [[Number(name), Number(parent)] as const];
      } catch {
        // Ended while it was looked at.
        return [];
      }
    });
}
