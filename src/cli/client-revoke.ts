import type { Command } from 'commander';
import { clientOfProfile } from '../admin/connect-client.ts';
import { revokeClient } from '../admin/revoke-client.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { count, drainJson, printDrain, remarkSilent } from './print-drain.ts';
import { remarkInForce } from './print-in-force.ts';

/** `toolgrant client revoke`: the profile and every session of it; true when the command returns. */
export function addClientRevoke(client: Command, cli: Cli): void {
  client
    .command('revoke')
    .description('shut a client out now, and end every session and call of it')
    .argument('<name>')
    .option('--json', 'print the result as JSON', false)
    .action(async (name: string, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('client revoke', async ({ context }) => {
          const { print } = cli;
          const revoked = await revokeClient(context, name);
          const { subject, wasRevoked, sessions, drain } = revoked;
          if (options.json) {
            print.json({ name, subject, wasRevoked, sessions, brokers: drainJson(drain) });
            remarkSilent(drain, print);
          } else {
            const ended = count(sessions.length, 'session');
            print.lines(
              wasRevoked ? `${name} was revoked already, ${ended}` : `revoked ${name}, ${ended}`,
            );
            printDrain(drain, print);
          }
          await remarkInForce(cli, context, [subject]);
          print.note('it stays out until it is made anew');
          const kind = clientOfProfile(name) ?? 'CLIENT';
          print.next(['connect', kind, '--subject', subject]);
          return exitOfDrain(drain);
        }),
      );
    });
}
