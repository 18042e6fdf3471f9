import { type Command, Option } from 'commander';
import { followAudit, queryAudit } from '../admin/audit-query.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { Cli } from './cli.ts';
import { addConditions, addWhere, type ConditionOptions, filterOf } from './event-conditions.ts';
import { EVENT_HEADER, eventRow } from './event-row.ts';
import { EXIT } from './exit-code.ts';
import { countOption } from './parse-values.ts';

interface Options extends ConditionOptions {
  readonly lines: number;
  readonly follow: boolean;
  readonly json: boolean;
}

/** `toolgrant audit tail`: the newest events, and with `-f` those that follow, whoever writes them. */
export function addAuditTail(audit: Command, cli: Cli): void {
  const tail = audit
    .command('tail')
    .description('show the newest events')
    .option('-n, --lines <count>', 'how many', countOption, 20)
    .addOption(
      new Option('-f, --follow', 'go on as events are written')
        .default(false)
        .conflicts(['until', 'to']),
    )
    .option('--json', 'print JSON Lines, one event a line', false);
  addWhere(addConditions(tail, cli)).action(
    async ({ lines, follow, json, ...conditions }: Options) => {
      cli.exit(
        await cli.withAdmin('audit tail', async ({ context }) => {
          const filter = filterOf(conditions);
          // Before the newest are read: what comes in between is followed, not lost.
          const head = (await context.events.head())?.seq ?? 0;
          const toSeq = Math.min(head, filter.toSeq ?? head);
          const events = await queryAudit(context, {
            ...filter,
            toSeq,
            limit: lines,
            newest: true,
          });
          const one = (event: AuditEvent) =>
            json ? cli.print.jsonLine(event) : cli.print.lines(eventRow(event).join('  '));
          if (json) events.forEach(one);
          else cli.print.table(EVENT_HEADER, events.map(eventRow));
          if (follow) {
            const { signal, wait } = cli.deps;
            const followed = followAudit(context, { ...filter, afterSeq: head }, signal, wait);
            for await (const event of followed) one(event);
          }
          return EXIT.done;
        }),
      );
    },
  );
}
