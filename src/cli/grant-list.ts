import type { Command } from 'commander';
import { listGrants } from '../admin/list-grants.ts';
import { formatInstant } from '../authorize/format-grant.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { grantJson, grantStateAt } from './grant-json.ts';

/** `toolgrant grant list`: grants as brokers obey them, by id. */
export function addGrantList(grant: Command, cli: Cli): void {
  grant
    .command('list')
    .description('list grants as brokers obey them')
    .option('--subject <id>', 'only of this subject')
    .option('--all', 'revoked ones, too', false)
    .option('--json', 'print an array', false)
    .action(async (options: { subject?: string; all: boolean; json: boolean }) => {
      cli.exit(
        await cli.withAdmin('grant list', async ({ context }) => {
          const grants = await listGrants(context, options);
          const now = context.clock.now();
          if (options.json) cli.print.json(grants.map((one) => grantJson(one, now)));
          else {
            cli.print.table(
              ['GRANT', 'SUBJECT', 'CLIENTS', 'STATE', 'EXPIRES', 'RULES', 'FILE', 'PURPOSE'],
              grants.map((one) => [
                one.id,
                one.subject,
                one.clients?.join(' ') ?? 'any',
                grantStateAt(one, now),
                formatInstant(one.expiresAt),
                String(one.rules.length),
                one.file,
                one.purpose,
              ]),
            );
          }
          return EXIT.done;
        }),
      );
    });
}
