import type { Command } from 'commander';
import { resumeSession, suspendSession } from '../admin/suspend-session.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';

/** `toolgrant session suspend`: out until `resume`; true when the command returns. */
export function addSessionSuspend(session: Command, cli: Cli): void {
  session
    .command('suspend')
    .description('stop a session now, and every call in it, until it is resumed')
    .argument('<id>')
    .option('--json', 'print the result as JSON', false)
    .action(async (id: string, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('session suspend', async ({ context }) => {
          const { print } = cli;
          const done = await suspendSession(context, id);
          const { client } = done.session;
          if (options.json) {
            const { wasSuspended, alsoActive } = done;
            const brokers = drainJson(done.drain);
            print.json({ id, wasSuspended, client: client ?? null, alsoActive, brokers });
            remarkSilent(done.drain, print);
          } else {
            print.lines(done.wasSuspended ? `${id} was suspended already` : `suspended ${id}`);
            printDrain(done.drain, print);
          }
          if (client !== undefined) print.note(`${client} opens no session until it is resumed`);
          for (const other of done.alsoActive) {
            print.note(`still active for the same subject and client: ${other}`);
          }
          print.next(['session', 'resume', id]);
          return exitOfDrain(done.drain);
        }),
      );
    });
}

/** `toolgrant session resume`: lifts a suspension, never a revocation. */
export function addSessionResume(session: Command, cli: Cli): void {
  session
    .command('resume')
    .description('let a suspended session be used again')
    .argument('<id>')
    .option('--json', 'print the result as JSON', false)
    .action(async (id: string, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('session resume', async ({ context }) => {
          const { print } = cli;
          const { wasActive, isExpired, session } = await resumeSession(context, id);
          if (options.json) print.json({ id, wasActive, isExpired });
          else print.lines(wasActive ? `${id} was active already` : `resumed ${id}`);
          if (isExpired) print.note('its time passed meanwhile: it stays closed');
          if (session.client !== undefined && !wasActive) {
            print.note(`a client that had ended comes back with a new session: restart it`);
          }
          print.next(['session', 'show', id]);
          return EXIT.done;
        }),
      );
    });
}
