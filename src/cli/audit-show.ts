import type { Command } from 'commander';
import { findEvent } from '../admin/audit-query.ts';
import { callLife } from '../admin/call-life.ts';
import type { AuditEvent } from '../domain/event.ts';
import { EVENT_CODES } from '../domain/event-codes.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatDuration } from './format-duration.ts';
import { formatMicros } from './format-instant.ts';
import { countOption } from './parse-values.ts';

/** `toolgrant audit show`: one event, whole, and the life of the call it belongs to. */
export function addAuditShow(audit: Command, cli: Cli): void {
  audit
    .command('show')
    .description('show one event, whole, and the life of its call')
    .argument('<seq>', 'its sequence number', countOption)
    .option('--json', 'print the event as it is hashed', false)
    .option('--life', 'with --json: an array of every event of its call', false)
    .action(async (seq: number, options: { json: boolean; life: boolean }) => {
      cli.exit(
        await cli.withAdmin('audit show', async ({ context }) => {
          const event = await findEvent(context, seq);
          const life = await callLife(context, event);
          if (options.json) cli.print.json(options.life ? life : event);
          else {
            cli.print.lines(...decisionLines(life), ...fieldLines(event));
            if (life.length > 1) {
              cli.print.lines('');
              cli.print.table(['SEQ', 'AFTER', 'EVENT', 'BY', 'WHAT'], life.map(stepOf));
            }
          }
          return EXIT.done;
        }),
      );
    });
}

/** Who decided the call and by what, in a sentence each. */
function decisionLines(life: readonly AuditEvent[]): readonly string[] {
  const decided =
    life.find(({ code }) => code === 'TG1001') ??
    life.findLast(({ decision }) => decision !== undefined);
  if (decided?.decision === undefined) return [];
  const { decision, reason, rule, conditions = [], wouldRefuse, approval } = decided;
  return [
    line('decided', reason === undefined ? decision : `${decision}: ${reason}`),
    ...(rule === undefined
      ? []
      : [
          line('by rule', `${rule.file}:${rule.line}  ${rule.effect} ${rule.pattern}`),
          line('of grant', `${rule.grant}, revision ${rule.revision}`),
        ]),
    ...conditions.map(({ grant, index, result }) =>
      line('condition', `of ${grant}, rule ${index + 1}: ${result}`),
    ),
    ...(wouldRefuse === undefined ? [] : [line('on trial', `would refuse: ${wouldRefuse}`)]),
    ...(approval === undefined ? [] : [line('approval', approval)]),
    '',
  ];
}

const fieldLines = (event: AuditEvent): readonly string[] =>
  Object.entries(event).map(([name, value]) =>
    line(name, typeof value === 'object' ? JSON.stringify(value) : String(value)),
  );

const line = (name: string, text: string): string => `${name.padEnd(15)} ${text}`;

/** One event of a life, by the time since the one it began with. */
function stepOf(event: AuditEvent, _: number, [first]: readonly AuditEvent[]): readonly string[] {
  const { seq, at, code, actor, subject, outcome, decision, reason, method, durationUs } = event;
  const size = event.resultBytes === undefined ? undefined : `${event.resultBytes} bytes`;
  const took = durationUs === undefined ? undefined : `in ${formatDuration(durationUs)}`;
  const what = [decision, outcome, reason, method, size, took].filter((part) => part !== undefined);
  return [
    String(seq),
    seq === first?.seq ? formatMicros(at) : `+ ${formatDuration(at - (first?.at ?? at))}`,
    `${code} ${EVENT_CODES[code] ?? 'unknown'}`,
    actor === undefined ? (subject ?? '-') : `uid ${actor.uid}: ${actor.command}`,
    what.join(', ') || '-',
  ];
}
