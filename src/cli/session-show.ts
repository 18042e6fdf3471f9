import type { Command } from 'commander';
import { findSession } from '../admin/list-sessions.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { sessionJson } from './session-json.ts';

/** `toolgrant session show`: one session, and the client it was first used by. */
export function addSessionShow(session: Command, cli: Cli): void {
  session
    .command('show')
    .description('show one session')
    .argument('<id>')
    .option('--json', 'print an object', false)
    .action(async (id: string, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('session show', async ({ context }) => {
          const shape = sessionJson(await findSession(context, id), context.clock.now());
          if (options.json) cli.print.json(shape);
          else {
            const { firstUse, ...plain } = shape;
            for (const [name, value] of Object.entries(plain)) {
              cli.print.lines(`${name.padEnd(11)} ${value ?? '-'}`);
            }
            const use =
              firstUse === null
                ? '-'
                : [
                    firstUse.at,
                    firstUse.transport,
                    firstUse.clientName,
                    firstUse.clientVersion,
                    firstUse.remote,
                  ]
                    .filter((part) => part !== null)
                    .join(' ');
            cli.print.lines(`${'firstUse'.padEnd(11)} ${use}`);
          }
          return EXIT.done;
        }),
      );
    });
}
