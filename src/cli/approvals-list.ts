import type { Command } from 'commander';
import type { AdminContext } from '../admin/admin-context.ts';
import { type ApprovalRecord, type ApprovalView, approvalStateAt } from '../approve/approval.ts';
import { approvalJson } from './approval-json.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatSecond } from './format-instant.ts';
import type { Printer } from './printer.ts';

/** `toolgrant approvals list`: what waits for somebody to approve it, the longest first. */
export function addApprovalsList(approvals: Command, cli: Cli): void {
  approvals
    .command('list')
    .description('list calls that wait for an approval')
    .option('--all', 'also those that were settled, used, or are over, of the last day', false)
    .option('--json', 'print an array', false)
    .action(async (options: { all: boolean; json: boolean }) => {
      cli.exit(
        await cli.withAdmin('approvals list', async ({ context }) => {
          const now = context.clock.now();
          const views = await context.approvals.list({ now, all: options.all });
          if (options.json) {
            cli.print.json(views.map((view) => approvalJson(view, now)));
            return EXIT.done;
          }
          cli.print.table(
            ['APPROVAL', 'SUBJECT', 'CLIENT', 'WHAT', 'STATE', 'ASKED', 'UNTIL', 'RULE'],
            views.map((view) => {
              const { approval } = view;
              return [
                approval.id,
                approval.subject,
                approval.client ?? '-',
                whatOf(approval),
                approvalStateAt(view, now),
                formatSecond(approval.requestedAt),
                formatSecond(approval.expiresAt),
                `${approval.rule.file}:${approval.rule.line}`,
              ];
            }),
          );
          if (views.length === 0) cli.print.note('nothing waits for an approval');
          const first = views.find((view) => approvalStateAt(view, now) === 'pending');
          if (first !== undefined) cli.print.next(['approvals', 'show', first.approval.id]);
          return EXIT.done;
        }),
      );
    });
}

/** Approvals that calls under a grant wait for. */
export const waitingUnder = ({ approvals, clock }: AdminContext, grant: string) =>
  approvals.list({ now: clock.now(), all: false, grant });

/** Says that calls wait, and what to look with. */
export function remarkWaiting(waiting: readonly ApprovalView[], print: Printer): void {
  if (waiting.length === 0) return;
  const what = waiting.length === 1 ? 'a call waits' : `${waiting.length} calls wait`;
  print.note(`${what} for an approval: see \`toolgrant approvals list\``);
}

/** What would be used: `files/write_file`, `prompt:github/review`, `resource:files/file:///a`. */
export const whatOf = ({ kind, server, name }: ApprovalRecord): string =>
  kind === 'tool' ? `${server}/${name}` : `${kind}:${server}/${name}`;
