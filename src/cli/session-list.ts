import type { Command } from 'commander';
import { listSessions } from '../admin/list-sessions.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatSecond } from './format-instant.ts';
import { sessionJson, sessionStateAt } from './session-json.ts';

/** `toolgrant session list`: usable sessions, oldest first. */
export function addSessionList(session: Command, cli: Cli): void {
  session
    .command('list')
    .description('list sessions that can be used now')
    .option('--subject <id>', 'only of this subject')
    .option('--all', 'also those that have ended', false)
    .option('--json', 'print an array', false)
    .action(async (options: { subject?: string; all: boolean; json: boolean }) => {
      cli.exit(
        await cli.withAdmin('session list', async ({ context }) => {
          const sessions = await listSessions(context, options);
          const now = context.clock.now();
          if (options.json) cli.print.json(sessions.map((one) => sessionJson(one, now)));
          else {
            cli.print.table(
              ['SESSION', 'SUBJECT', 'CLIENT', 'STATE', 'OPENED', 'EXPIRES', 'CALLS'],
              sessions.map((one) => [
                one.id,
                one.subject,
                one.client ?? '-',
                sessionStateAt(one, now),
                formatSecond(one.openedAt),
                formatSecond(one.expiresAt),
                String(one.calls),
              ]),
            );
            if (sessions.length === 0)
              cli.print.note(options.all ? 'no sessions' : 'no live sessions');
          }
          return EXIT.done;
        }),
      );
    });
}
