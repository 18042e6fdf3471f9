import type { Command } from 'commander';
import { checkpointAudit, checkpointVerifier } from '../admin/checkpoint-audit.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';

/** `toolgrant audit checkpoint`: a signed statement of the log's head, to be kept elsewhere. */
export function addAuditCheckpoint(audit: Command, cli: Cli): void {
  audit
    .command('checkpoint')
    .description('sign the head of the log and print it as a signed note')
    .option('--json', 'print it as an object', false)
    .option('--key', 'print what other programs verify checkpoints with, and sign nothing', false)
    .action(async ({ json, key }: { json: boolean; key: boolean }) => {
      const command = key ? 'audit checkpoint --key' : 'audit checkpoint';
      cli.exit(
        await cli.withAdmin(command, async ({ context }) => {
          if (key) {
            const verifier = await checkpointVerifier(context);
            if (json) cli.print.json({ key: verifier });
            else cli.print.lines(verifier);
            return EXIT.done;
          }
          const { checkpoint, note } = await checkpointAudit(context);
          if (json) cli.print.json(checkpoint);
          else cli.print.text(note);
          cli.print.note('keep it on another machine: it proves that nothing up to it was removed');
          cli.print.next(['audit', 'verify', '--against', 'FILE']);
          return EXIT.done;
        }),
      );
    });
}
