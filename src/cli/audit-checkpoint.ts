import type { Command } from 'commander';
import { checkpointAudit } from '../admin/checkpoint-audit.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';

/** `toolgrant audit checkpoint`: a signed statement of the log's head, to be kept elsewhere. */
export function addAuditCheckpoint(audit: Command, cli: Cli): void {
  audit
    .command('checkpoint')
    .description('sign the head of the log and print it as JSON')
    .option('--json', 'the same: a checkpoint is JSON', false)
    .action(async () => {
      cli.exit(
        await cli.withAdmin('audit checkpoint', async ({ context }) => {
          cli.print.json(await checkpointAudit(context));
          cli.print.note('keep it on another machine: it proves that nothing up to it was removed');
          cli.print.next(['audit', 'verify', '--checkpoint', 'FILE']);
          return EXIT.done;
        }),
      );
    });
}
