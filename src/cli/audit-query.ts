import { type Command, Option } from 'commander';
import type { AdminContext } from '../admin/admin-context.ts';
import { hastenQuestions, queryAudit, unknownValues } from '../admin/audit-query.ts';
import type { EventFilter } from '../audit/event-store.ts';
import type { Cli } from './cli.ts';
import { addConditions, addWhere, type ConditionOptions, filterOf } from './event-conditions.ts';
import { EVENT_HEADER, eventRow } from './event-row.ts';
import { EXIT } from './exit-code.ts';
import { countOption } from './parse-values.ts';

/** Orders, by what comes first. */
const SORTS = ['oldest', 'newest', 'slowest', 'largest'] as const;

interface Options extends ConditionOptions {
  readonly sort: (typeof SORTS)[number];
  readonly limit: number;
  readonly json: boolean;
}

/** `toolgrant audit query`: events that meet every condition given. */
export function addAuditQuery(audit: Command, cli: Cli): void {
  const query = audit.command('query').description('find events; all conditions given must hold');
  addWhere(addConditions(query, cli))
    .addOption(
      new Option('--sort <first>', 'what comes first; of the newest events but for the last two')
        .choices(SORTS)
        .default('oldest'),
    )
    .option('--limit <count>', 'only so many', countOption, 1000)
    .option('--json', 'print an array', false)
    .action(async ({ json, sort, limit, ...conditions }: Options) => {
      cli.exit(
        await cli.withAdmin('audit query', async ({ context }) => {
          const filter = { ...filterOf(conditions), limit, ...ORDERS[sort] };
          await hastenQuestions(context, (left) => {
            if (cli.deps.isTerminal.stderr) cli.print.note(`${left},000 events to index`);
          });
          const found = await queryAudit(context, filter);
          const events = sort === 'newest' ? found.toReversed() : found;
          if (json) cli.print.json(events);
          else cli.print.table(EVENT_HEADER, events.map(eventRow));
          if (events.length === 0) await noteUnknown(cli, context, filter);
          if (events.length === limit) {
            const first = filter.largest === undefined ? 'newest' : sort;
            cli.print.note(`only the ${first} ${limit}; see --limit`);
          }
          return EXIT.done;
        }),
      );
    });
}

async function noteUnknown(cli: Cli, context: AdminContext, filter: EventFilter): Promise<void> {
  for (const [field, value] of await unknownValues(context, filter)) {
    cli.print.note(`no event has ${field} ${value}: values are exact, without patterns`);
  }
}

const ORDERS: Readonly<Record<Options['sort'], Pick<EventFilter, 'newest' | 'largest'>>> = {
  oldest: { newest: true },
  newest: { newest: true },
  slowest: { largest: 'durationUs' },
  largest: { largest: 'resultBytes' },
};
