import { type Command, Option } from 'commander';
import { hastenQuestions, statsOfAudit } from '../admin/audit-query.ts';
import { STATS_BY, type StatsBy, type StatsRow } from '../audit/audit-stats.ts';
import type { Cli } from './cli.ts';
import { addConditions, type ConditionOptions, filterOf } from './event-conditions.ts';
import { EXIT } from './exit-code.ts';
import { formatDuration } from './format-duration.ts';
import { formatInstant } from './format-instant.ts';
import { countOption } from './parse-values.ts';

interface Options extends ConditionOptions {
  readonly by?: StatsBy | 'tool';
  readonly limit: number;
  readonly json: boolean;
}

const HOUR_MS = 3_600_000;
const BAR = 24;
const TITLES: Readonly<Record<StatsBy, string>> = {
  subject: 'SUBJECT',
  server: 'SERVER',
  ref: 'TOOL',
  hour: 'HOUR',
  outcome: 'OUTCOME',
  reason: 'REASON',
};
const SECTIONS: readonly StatsBy[] = ['subject', 'ref', 'hour', 'outcome'];

/** `toolgrant audit stats`: how many uses, by whom, of what, when, how they ended and how long they took. */
export function addAuditStats(audit: Command, cli: Cli): void {
  const stats = audit.command('stats').description('count calls, by who, what, when and outcome');
  addConditions(stats, cli)
    .addOption(
      new Option('--by <field>', 'only by this').choices(
        STATS_BY.map((field) => (field === 'ref' ? 'tool' : field)),
      ),
    )
    .option('--limit <count>', 'so many rows of each; of hours the newest', countOption, 24)
    .option('--json', 'print an object', false)
    .action(async ({ by, json, limit, ...conditions }: Options) => {
      cli.exit(
        await cli.withAdmin('audit stats', async ({ context }) => {
          const asked = by === 'tool' ? 'ref' : by;
          const sections = asked === undefined ? SECTIONS : [asked];
          await hastenQuestions(context, (left) => {
            if (cli.deps.isTerminal.stderr) cli.print.note(`${left},000 events to index`);
          });
          const found = await statsOfAudit(context, filterOf(conditions), sections);
          const [total] = found.get('all') ?? [];
          const rows = (of: StatsBy) => cut(of, found.get(of) ?? [], limit);
          if (json) {
            const parts = sections.map((of) => [
              NAMES[of],
              rows(of).map((row) => rowJson(of, row)),
            ]);
            cli.print.json({ total: totalJson(total), ...Object.fromEntries(parts) });
            return EXIT.done;
          }
          const isDrawn = cli.deps.isTerminal.stdout;
          for (const of of sections) {
            cli.print.table([TITLES[of], ...HEADER, ''], tableOf(of, rows(of), isDrawn));
            cli.print.lines('');
          }
          cli.print.lines(totalLine(total));
          return EXIT.done;
        }),
      );
    });
}

const HEADER = ['USES', 'OK', 'ERRORS', 'REFUSED', 'WITHHELD', 'P50', 'P99'] as const;
const NAMES: Readonly<Record<StatsBy, string>> = {
  subject: 'subjects',
  server: 'servers',
  ref: 'tools',
  hour: 'hours',
  outcome: 'outcomes',
  reason: 'reasons',
};

/** Most first, but hours in their order. */
function cut(of: StatsBy, rows: readonly StatsRow[], limit: number): readonly StatsRow[] {
  if (of !== 'hour') return rows.slice(0, limit);
  return rows.toSorted((a, b) => Number(a.value) - Number(b.value)).slice(-limit);
}

function tableOf(of: StatsBy, rows: readonly StatsRow[], isDrawn: boolean): string[][] {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return rows.map((row) => {
    const { ok = 0, refused = 0, withheld = 0 } = row.outcomes;
    const errors = row.count - ok - refused - withheld;
    return [
      named(of, row.value),
      ...[row.count, ok, errors, refused, withheld].map(String),
      row.p50Us === undefined ? '-' : formatDuration(row.p50Us),
      row.p99Us === undefined ? '-' : formatDuration(row.p99Us),
      isDrawn ? '█'.repeat(Math.ceil((row.count * BAR) / most)) : '',
    ];
  });
}

const named = (of: StatsBy, value: string): string =>
  of === 'hour' ? formatInstant(Number(value) * HOUR_MS) : value;

const rowJson = (of: StatsBy, { value, ...row }: StatsRow) => ({
  [of === 'ref' ? 'tool' : of]: of === 'hour' ? hourText(value) : value,
  ...sumJson(row),
});

const hourText = (value: string): string => new Date(Number(value) * HOUR_MS).toISOString();

const sumJson = ({ count, outcomes, p50Us, p99Us }: Omit<StatsRow, 'value'>) => ({
  uses: count,
  outcomes,
  p50Us: p50Us ?? null,
  p99Us: p99Us ?? null,
});

const totalJson = (total: StatsRow | undefined) => sumJson(total ?? { count: 0, outcomes: {} });

function totalLine(total: StatsRow | undefined): string {
  const { count = 0, p50Us, p99Us } = total ?? {};
  const uses = `${count} ${count === 1 ? 'use' : 'uses'}`;
  if (p50Us === undefined || p99Us === undefined) return uses;
  return `${uses}, half of them within ${formatDuration(p50Us)}, 99 % within ${formatDuration(p99Us)}`;
}
