import { resolve } from 'node:path';
import type { Command } from 'commander';
import { backupAudit } from '../admin/backup-audit.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';

/** Events between two remarks on progress. */
const REMARK_EVERY = 100_000;

/** `toolgrant audit backup`: a copy of the database that is whole, made while brokers run. */
export function addAuditBackup(audit: Command, cli: Cli): void {
  audit
    .command('backup')
    .description('copy the database while brokers run, and prove the copy')
    .argument('<file>', 'where nothing is yet')
    .option('--json', 'print an object', false)
    .action(async (file: string, { json }: { json: boolean }) => {
      const path = resolve(cli.deps.cwd, file);
      cli.exit(
        await cli.withAdmin('audit backup', async ({ context }) => {
          let remarked = 0;
          const { events, lastSeq } = await backupAudit(context, path, (read) => {
            if (!cli.deps.isTerminal.stderr || read - remarked < REMARK_EVERY) return;
            remarked = read;
            cli.print.note(`${read} events read`);
          });
          if (json) cli.print.json({ file: path, events, lastSeq });
          else cli.print.lines(`ok: ${path}, ${events} events, up to ${lastSeq}`);
          cli.print.note('it holds no keys: keep the small files of the state beside it');
          return EXIT.done;
        }),
      );
    });
}
