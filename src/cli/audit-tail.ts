import type { Command } from 'commander';
import { followAudit, queryAudit } from '../admin/audit-query.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { Cli } from './cli.ts';
import { EVENT_HEADER, eventRow } from './event-row.ts';
import { EXIT } from './exit-code.ts';
import { countOption } from './parse-values.ts';

/** `toolgrant audit tail`: the newest events, and with `-f` those that follow. */
export function addAuditTail(audit: Command, cli: Cli): void {
  audit
    .command('tail')
    .description('show the newest events')
    .option('-n, --lines <count>', 'how many', countOption, 20)
    .option('-f, --follow', 'go on as events are written', false)
    .option('--json', 'print JSON Lines, one event a line', false)
    .action(async (options: { lines: number; follow: boolean; json: boolean }) => {
      cli.exit(
        await cli.withAdmin('audit tail', async ({ context }) => {
          const events = await queryAudit(context, { limit: options.lines, newest: true });
          const one = (event: AuditEvent) =>
            options.json ? cli.print.jsonLine(event) : cli.print.lines(eventRow(event).join('  '));
          if (options.json) events.forEach(one);
          else cli.print.table(EVENT_HEADER, events.map(eventRow));
          if (options.follow) {
            const { signal, wait } = cli.deps;
            const last = events.at(-1)?.seq ?? 0;
            for await (const event of followAudit(context, last, signal, wait)) one(event);
          }
          return EXIT.done;
        }),
      );
    });
}
