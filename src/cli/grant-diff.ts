import type { Command } from 'commander';
import { assertUsable, planGrants } from '../admin/plan-grants.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { entryJson, isSettled, notable, planLines } from './print-plan.ts';

/** `toolgrant grant diff`: what the files say that brokers do not obey yet. Exit 1 when there is any. */
export function addGrantDiff(grant: Command, cli: Cli): void {
  grant
    .command('diff')
    .description('compare the grant files with what brokers obey; exit 1 when they differ')
    .option('--json', 'print an array', false)
    .action(async (options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('grant diff', async ({ context }) => {
          const plan = await planGrants(context, { mode: 'apply', prune: false, reinstate: [] });
          assertUsable(plan);
          const entries = notable(plan);
          if (options.json) cli.print.json(entries.map(entryJson));
          else cli.print.lines(...planLines(entries));
          if (isSettled(plan)) {
            cli.print.note('brokers obey what the files say');
            return EXIT.done;
          }
          cli.print.next(['grant', 'apply']);
          return EXIT.no;
        }),
      );
    });
}
