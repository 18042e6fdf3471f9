import type { Command } from 'commander';
import { findEvent } from '../admin/audit-query.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { countOption } from './parse-values.ts';

/** `toolgrant audit show`: one event, whole. */
export function addAuditShow(audit: Command, cli: Cli): void {
  audit
    .command('show')
    .description('show one event, whole')
    .argument('<seq>', 'its sequence number', countOption)
    .option('--json', 'print an object', false)
    .action(async (seq: number, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('audit show', async ({ context }) => {
          const event = await findEvent(context, seq);
          if (options.json) cli.print.json(event);
          else {
            for (const [name, value] of Object.entries(event)) {
              const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
              cli.print.lines(`${name.padEnd(15)} ${text}`);
            }
          }
          return EXIT.done;
        }),
      );
    });
}
