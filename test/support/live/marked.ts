import { readdirSync, readFileSync } from 'node:fs';
import { until } from './home.ts';

/** A variable for a tool server's entry; whatever the tool server starts inherits it. */
export const MARK = 'TOOL_SERVER_OF';

/** Pids of the processes marked with a value, wherever their parents went. Linux only. */
export function markedWith(value: string): readonly number[] {
  const mark = `${MARK}=${value}\0`;
  return pids().filter((pid) => read(pid, 'environ').includes(mark));
}

/** Waits until no process is marked with a value. */
export const noneMarked = (value: string): Promise<true> =>
  until(() => (markedWith(value).length === 0 ? true : undefined));

/** The words a process was started with. */
export const wordsOf = (pid: number): readonly string[] =>
  read(pid, 'cmdline').split('\0').slice(0, -1);

/** Children of a process that ended and that it has not collected. */
export const zombiesOf = (parent: number): readonly number[] =>
  pids().filter((pid) => {
    const stat = read(pid, 'stat');
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' && Number(ppid) === parent;
  });

/** How many files, pipes and sockets a process has open. */
export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

const pids = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Empty for a process that ended while it was looked at, and for what a zombie no longer has. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
