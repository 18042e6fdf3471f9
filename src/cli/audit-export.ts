import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { exportAudit, intoNewFile } from '../admin/export-audit.ts';
import { EVENT_FORMATS, type EventFormat } from '../domain/ship-spec.ts';
import type { Cli } from './cli.ts';
import { addConditions, addWhere, type ConditionOptions, filterOf } from './event-conditions.ts';
import { EXIT } from './exit-code.ts';

interface Options extends ConditionOptions {
  readonly format: EventFormat;
  readonly out?: string;
}

/** `toolgrant audit export`: events for other programs, one a line. */
export function addAuditExport(audit: Command, cli: Cli): void {
  const command = audit
    .command('export')
    .description('write events for other programs, one JSON object a line')
    .addOption(new Option('--format <format>').choices(EVENT_FORMATS).default('jsonl'))
    .option('--out <file>', 'into a new file, in place of standard output');
  addWhere(addConditions(command, cli)).action(async ({ format, out, ...conditions }: Options) => {
    const { cwd, handOn, signal, version } = cli.deps;
    cli.exit(
      await cli.withAdmin('audit export', async ({ context }) => {
        const filter = filterOf(conditions);
        const options = { format, version, signal };
        if (out === undefined) {
          await exportAudit(context, filter, options, handOn);
          return EXIT.done;
        }
        const path = resolve(cwd, out);
        const count = await intoNewFile(path, (write) =>
          exportAudit(context, filter, options, write),
        );
        cli.print.note(`${count} events in ${path}`);
        return EXIT.done;
      }),
    );
  });
}
