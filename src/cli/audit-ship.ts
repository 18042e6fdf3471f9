import type { Command } from 'commander';
import { shipAudit } from '../admin/ship-audit.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';

/** `toolgrant audit ship`: sends events on, as they are written, to the places under `audit.ship`. */
export function addAuditShip(audit: Command, cli: Cli): void {
  audit
    .command('ship')
    .description('send events on, as they are written, to the places under audit.ship')
    .option('--once', 'end when all of them have what there is', false)
    .action(async ({ once: isOnce }: { once: boolean }) => {
      const { signal, wait } = cli.deps;
      cli.exit(
        await cli.withAdmin('audit ship', async ({ context }) => {
          if (!isOnce) cli.print.note('sending events on; end it with Ctrl-C');
          const count = await shipAudit(context, {
            isOnce,
            signal,
            wait,
            remark: (_, text) => cli.print.warning(text),
          });
          cli.print.note(`${count} events sent`);
          return EXIT.done;
        }),
      );
    });
}
