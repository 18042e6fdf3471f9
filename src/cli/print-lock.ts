import type { LockSync } from '../admin/sync-lock.ts';
import type { Printer } from './printer.ts';

/** Says on standard error what became of the lock file. */
export function remarkLock(lock: LockSync, print: Printer): void {
  if (lock.written.length > 0) print.note('mcp.lock.json is written: review and commit it');
  if (lock.notWritten !== undefined) {
    print.warning(`${lock.notWritten}; the change is in force all the same`);
  }
  for (const item of lock.narrowed) print.note(`mcp.lock.json takes ${item} away`);
  for (const { server, items } of lock.waiting) {
    print.note(
      `mcp.lock.json waits for \`toolgrant tools approve ${server}\`: ${items.join(', ')}`,
    );
  }
}
