import type { Command } from 'commander';
import { detailOf, type ExplainedSignal, explainSignal } from '../admin/monitor-status.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { Cli } from './cli.ts';
import { EVENT_HEADER, eventRow } from './event-row.ts';
import { EXIT } from './exit-code.ts';
import { formatMicros } from './format-instant.ts';
import { countOption } from './parse-values.ts';

/** `toolgrant monitor explain`: a signal, what it rests on, what was done, and how it is undone. */
export function addMonitorExplain(monitor: Command, cli: Cli): void {
  monitor
    .command('explain')
    .description('a signal, the calls it rests on, and what was done about it')
    .argument('<seq>', 'number of its event, or of what was done about it', countOption)
    .option('--json', 'print an object', false)
    .action(async (seq: number, { json }: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('monitor explain', async ({ context }) => {
          const found = await explainSignal(context, seq);
          if (json) {
            const { raised, contained, undone, calls } = found;
            cli.print.json({
              raised,
              contained: contained ?? null,
              undone: undone ?? null,
              calls,
            });
          } else printSignal(found, cli);
          return EXIT.done;
        }),
      );
    });
}

/** What a value was added up from: `  orders 2, from event 124`. */
function partLines(parts: Json | undefined): readonly string[] {
  if (!Array.isArray(parts)) return [];
  return parts.filter(isJsonObject).map(({ name, value, call }) => {
    const from = typeof call === 'number' ? `, from event ${call}` : '';
    return `  ${String(name)} ${String(value)}${from}`;
  });
}

function printSignal({ raised, contained, undone, calls }: ExplainedSignal, { print }: Cli): void {
  const { signal, value, threshold, step, thing, grant } = detailOf(raised);
  const about = [
    ...(typeof thing === 'string' ? [`at ${thing}`] : []),
    ...(typeof grant === 'string' ? [`under ${grant}`] : []),
  ];
  print.lines(
    `${raised.seq}  ${formatMicros(raised.at)}  ${raised.subject ?? ''} ${raised.session ?? ''}`,
    [`${signal}: ${value}, and ${threshold} is a signal`, ...about].join(' '),
    ...partLines(detailOf(raised).parts),
    contained === undefined ? `recorded (${step})` : `${step}, as event ${contained.seq} says`,
  );
  if (undone !== undefined) print.lines(`undone: event ${undone.seq}`);
  if (calls.length > 0) print.table(EVENT_HEADER, calls.map(eventRow));
  if (contained !== undefined && undone === undefined) {
    print.next(['monitor', 'undo', String(contained.seq)]);
  }
}
