import type { Command } from 'commander';
import { type ShownApproval, showApproval } from '../admin/find-approval.ts';
import { formatToolRef } from '../domain/tool-ref.ts';
import { shownJson } from './approval-json.ts';
import { whatOf } from './approvals-list.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import type { Printer } from './printer.ts';

/** `toolgrant approvals show`: one call that waits, with everything an admin decides by. */
export function addApprovalsShow(approvals: Command, cli: Cli): void {
  approvals
    .command('show')
    .description('show a call that waits, its arguments whole')
    .argument('<id>')
    .option('--json', 'print an object', false)
    .action(async (id: string, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('approvals show', async ({ context }) => {
          const shown = await showApproval(context, id);
          const now = context.clock.now();
          if (options.json) cli.print.json(shownJson(shown, now));
          else {
            printShown(shown, now, cli.print);
            if (shown.sent !== undefined && shown.void === undefined) {
              cli.print.next(['approvals', 'approve', id]);
            }
          }
          return EXIT.done;
        }),
      );
    });
}

/** Attack: arguments that draw on the terminal, or hide what they say, are approved for something else. */
export function printShown(shown: ShownApproval, now: number, print: Printer): void {
  const { approval, overview } = shown;
  const shape = shownJson(shown, now);
  const row = (name: string, value: string | number | null): void =>
    print.lines(`${name.padEnd(14)} ${value ?? '-'}`);
  row('approval', shape.id);
  row('state', shape.void === null ? shape.state : `${shape.state}: ${shape.void}`);
  row('subject', shape.subject);
  row('client', clientText(shape.client, overview));
  row('session', shape.session);
  row('purpose', shape.sessionPurpose ?? shape.purpose);
  row('what', whatOf(approval));
  if (approval.method !== METHOD[approval.kind]) row('method', approval.method);
  row('definition', shape.definitionHash);
  row('rule', `${shape.rule} (${shape.grant}, revision ${shape.revision})`);
  row('asked', shape.requestedAt);
  row('until', shape.expiresAt);
  if (shape.settledBy !== null) row('settled', `${shape.settledAt} by ${shape.settledBy}`);
  if (shape.usedSeq !== null) row('used', `for event ${shape.usedSeq}`);
  row('calls', shape.calls);
  for (const { server, tool, calls } of shape.touched) {
    const ref =
      tool === null ? `${server}: prompts and resources` : formatToolRef({ server, tool });
    row('touched', `${ref} ${calls}`);
  }
  if (shown.sent === undefined) return;
  const lines = (value: typeof shown.sent): string => JSON.stringify(value, null, 2);
  print.lines('arguments');
  for (const line of lines(shape.arguments).split('\n')) print.lines(`  ${line}`);
  if (shape.alsoSent === null) return;
  print.lines('also sent');
  for (const line of lines(shape.alsoSent).split('\n')) print.lines(`  ${line}`);
}

const METHOD = { tool: 'tools/call', prompt: 'prompts/get', resource: 'resources/read' } as const;

/** The profile, and what the client says of itself, which nobody has checked. */
function clientText(client: string | null, overview: ShownApproval['overview']): string {
  const { clientName, clientVersion } = overview?.session.firstUse ?? {};
  const says = [clientName, clientVersion].filter((part) => part !== undefined).join(' ');
  return `${client ?? '-'}${says === '' ? '' : ` (says it is ${says})`}`;
}
