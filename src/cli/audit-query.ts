import { type Command, Option } from 'commander';
import { queryAudit } from '../admin/audit-query.ts';
import type { EventFilter } from '../audit/event-store.ts';
import type { EventCode } from '../domain/event-codes.ts';
import type { Cli } from './cli.ts';
import { EVENT_HEADER, eventRow } from './event-row.ts';
import { EXIT } from './exit-code.ts';
import { countOption, eventCodeOption, instantOption } from './parse-values.ts';

interface Options {
  readonly session?: string;
  readonly subject?: string;
  readonly server?: string;
  readonly tool?: string;
  readonly code?: EventCode;
  readonly reason?: string;
  readonly outcome?: string;
  readonly decision?: 'permit' | 'deny';
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
  readonly json: boolean;
}

/** `toolgrant audit query`: events that meet every condition given. */
export function addAuditQuery(audit: Command, cli: Cli): void {
  const instant = instantOption(cli.deps.now);
  audit
    .command('query')
    .description('find events; all conditions given must hold')
    .option('--session <id>')
    .option('--subject <id>')
    .option('--server <name>')
    .option('--tool <name>', "the tool server's own name for it")
    .option('--code <code>', 'TG1003 or call.refused', eventCodeOption)
    .option('--reason <reason>', 'such as no_rule')
    .option('--outcome <outcome>', 'such as ok or withheld')
    .addOption(new Option('--decision <decision>').choices(['permit', 'deny']))
    .option('--since <instant>', 'from then on: an instant, or a duration ago such as 1h', instant)
    .option('--until <instant>', 'before then', instant)
    .option('--limit <count>', 'only the newest so many', countOption, 1000)
    .option('--json', 'print an array', false)
    .action(async ({ json, ...conditions }: Options) => {
      cli.exit(
        await cli.withAdmin('audit query', async ({ context }) => {
          const filter: EventFilter = { ...conditions, newest: true };
          const events = await queryAudit(context, filter);
          if (json) cli.print.json(events);
          else cli.print.table(EVENT_HEADER, events.map(eventRow));
          if (events.length === conditions.limit) {
            cli.print.note(`only the newest ${conditions.limit}; see --limit`);
          }
          return EXIT.done;
        }),
      );
    });
}
