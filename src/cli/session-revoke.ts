import type { Command } from 'commander';
import { clientOfProfile } from '../admin/connect-client.ts';
import { type RevokedSession, revokeSession } from '../admin/revoke-session.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';
import { remarkInForce } from './print-in-force.ts';
import { commandLine } from './shell-words.ts';

/** `toolgrant session revoke`: true when the command returns. */
export function addSessionRevoke(session: Command, cli: Cli): void {
  session
    .command('revoke')
    .description('end a session now, and every call in it')
    .argument('<id>')
    .option('--json', 'print the result as JSON', false)
    .action(async (id: string, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('session revoke', async ({ context }) => {
          const revoked = await revokeSession(context, id);
          if (options.json) {
            cli.print.json({
              id: revoked.id,
              wasEnded: revoked.wasEnded,
              profile: revoked.profile ?? null,
              alsoActive: revoked.alsoActive,
              brokers: drainJson(revoked.drain),
            });
            remarkSilent(revoked.drain, cli.print);
          } else {
            cli.print.lines(
              revoked.wasEnded ? `${revoked.id} had already ended` : `revoked ${revoked.id}`,
            );
            printDrain(revoked.drain, cli.print);
          }
          await remarkInForce(cli, context, [revoked.subject]);
          remark(revoked, cli);
          return exitOfDrain(revoked.drain);
        }),
      );
    });
}

function remark(revoked: RevokedSession, cli: Cli): void {
  if (revoked.profile !== undefined) {
    const client = clientOfProfile(revoked.profile) ?? 'CLIENT';
    const words = ['connect', client, '--subject', revoked.subject];
    cli.print.note(
      `profile ${revoked.profile} stays out until it is made anew: ${commandLine('toolgrant', words)}`,
    );
  }
  for (const other of revoked.alsoActive) {
    cli.print.note(`still active for the same subject and client: ${other}`);
  }
  cli.print.next(
    revoked.alsoActive[0] === undefined
      ? ['audit', 'query', '--session', revoked.id]
      : ['session', 'revoke', revoked.alsoActive[0]],
  );
}
