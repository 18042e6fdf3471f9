import type { Command } from 'commander';
import { revokeGrant } from '../admin/revoke-grant.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';
import { remarkInForce } from './print-in-force.ts';

/** `toolgrant grant revoke`: true when the command returns, and for good. */
export function addGrantRevoke(grant: Command, cli: Cli): void {
  grant
    .command('revoke')
    .description('revoke a grant now and for good, and every call under it')
    .argument('<id>')
    .option('--json', 'print the result as JSON', false)
    .action(async (id: string, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('grant revoke', async ({ context }) => {
          const { print } = cli;
          const revoked = await revokeGrant(context, id);
          if (options.json) {
            print.json({
              id,
              wasRevoked: revoked.wasRevoked,
              markedFile: revoked.markedFile ?? null,
              brokers: drainJson(revoked.drain),
            });
            remarkSilent(revoked.drain, print);
          } else {
            print.lines(revoked.wasRevoked ? `${id} was already revoked` : `revoked ${id}`);
            printDrain(revoked.drain, print);
          }
          if (revoked.markedFile !== undefined) {
            print.note(`${revoked.markedFile} is marked as revoked`);
          }
          if (revoked.markFailure !== undefined) {
            print.warning(`${revoked.markFailure}; it is revoked all the same`);
          }
          await remarkInForce(cli, context, [revoked.subject]);
          print.next(['audit', 'query', '--subject', revoked.subject, '--since', '1h']);
          return exitOfDrain(revoked.drain);
        }),
      );
    });
}
