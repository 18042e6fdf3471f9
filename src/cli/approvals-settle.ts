import type { Command } from 'commander';
import type { AdminContext } from '../admin/admin-context.ts';
import { showApproval } from '../admin/find-approval.ts';
import { type SettledApproval, settleApproval } from '../admin/settle-approval.ts';
import { approvalStateAt } from '../approve/approval.ts';
import { approvalJson } from './approval-json.ts';
import { whatOf } from './approvals-list.ts';
import { printShown } from './approvals-show.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { formatSecond } from './format-instant.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';
import { printable } from './printable.ts';

/** `toolgrant approvals approve`: lets one exact call through, once. */
export function addApprovalsApprove(approvals: Command, cli: Cli): void {
  approvals
    .command('approve')
    .description('let a call that waits through, once, as it was asked for')
    .argument('<id>')
    .option('--yes', 'do not ask', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (id: string, options: { yes: boolean; json: boolean }) => {
      cli.exit(
        await cli.withAdmin('approvals approve', async ({ context }) => {
          if (!(await isMeant(cli, context, id, options))) return EXIT.no;
          return report(cli, context, await settleApproval(context, id, 'approved'), options.json);
        }),
      );
    });
}

/** `toolgrant approvals deny`: refuses it, for as long as an approval would have held. */
export function addApprovalsDeny(approvals: Command, cli: Cli): void {
  approvals
    .command('deny')
    .description('refuse a call that waits, or take back an approval that is not used yet')
    .argument('<id>')
    .option('--json', 'print the result as JSON', false)
    .action(async (id: string, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('approvals deny', async ({ context }) =>
          report(cli, context, await settleApproval(context, id, 'denied'), options.json),
        ),
      );
    });
}

/** Attack: a model tells a person to approve an id, and the person does so without looking. */
async function isMeant(
  cli: Cli,
  context: AdminContext,
  id: string,
  { yes, json }: { readonly yes: boolean; readonly json: boolean },
): Promise<boolean> {
  // Also with --yes: what was altered in the database is never approved.
  const shown = await showApproval(context, id);
  const now = context.clock.now();
  if (yes || approvalStateAt(shown, now) !== 'pending') return true;
  if (!json) printShown(shown, now, cli.print);
  if (cli.deps.isTerminal.stdin) {
    // Named again: arguments of many lines have moved the rest out of sight.
    const { approval } = shown;
    const what = printable(`${whatOf(approval)} by ${approval.subject}`);
    if (await cli.deps.confirm(`approve ${what}, as shown, once?`)) return true;
  } else cli.print.note('not a terminal: add --yes once it was looked at');
  cli.print.error('not approved; it waits on');
  return false;
}

function report(
  { print }: Cli,
  context: AdminContext,
  done: SettledApproval,
  json: boolean,
): ExitCode {
  const now = context.clock.now();
  const { approval } = done;
  const { id, expiresAt } = approval;
  if (done.kind === 'not_pending') {
    const state = approvalStateAt(done, now);
    if (json) print.json({ ...approvalJson(done, now), brokers: null });
    print.error(`${id} does not wait any more: it is ${state}`, REMEDY[state]);
    return EXIT.no;
  }
  if (json) {
    print.json({ ...approvalJson({ approval }, now), brokers: drainJson(done.drain) });
    remarkSilent(done.drain, print);
    return exitOfDrain(done.drain);
  }
  const before = done.wasSettled ? ' already' : '';
  const until = formatSecond(expiresAt);
  print.lines(
    approval.state === 'approved'
      ? `approved${before}: ${whatOf(approval)}, once, until ${until}`
      : `denied${before}: ${whatOf(approval)}, until ${until}`,
  );
  printDrain(done.drain, print);
  print.next(['audit', 'query', '--session', approval.session]);
  return exitOfDrain(done.drain);
}

const REMEDY = {
  pending: 'run the command again',
  approved: '`toolgrant approvals deny` takes it back while it is not used',
  denied: 'it can be asked for again once the denial is over',
  used: '`toolgrant audit query --session` shows the call; the next one needs an approval of its own',
  expired: 'the client has to call again',
  void: 'its session, grant or definition is another now: the client has to call again',
} as const;
