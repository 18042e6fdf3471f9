import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addSessionList } from './session-list.ts';
import { addSessionOpen } from './session-open.ts';
import { addSessionRevoke } from './session-revoke.ts';
import { addSessionShow } from './session-show.ts';
import { addSessionResume, addSessionSuspend } from './session-suspend.ts';

/** `toolgrant session`: who is in, until when, and out. */
export function addSession(program: Command, cli: Cli): void {
  const session = program
    .command('session')
    .helpGroup('Decide:')
    .description('open, list, suspend and revoke sessions');
  for (const add of [
    addSessionOpen,
    addSessionList,
    addSessionShow,
    addSessionSuspend,
    addSessionResume,
    addSessionRevoke,
  ]) {
    add(session, cli);
  }
}
