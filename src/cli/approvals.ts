import type { Command } from 'commander';
import { addApprovalsList } from './approvals-list.ts';
import { addApprovalsApprove, addApprovalsDeny } from './approvals-settle.ts';
import { addApprovalsShow } from './approvals-show.ts';
import type { Cli } from './cli.ts';

/** `toolgrant approvals`: calls that wait for somebody to look at them. */
export function addApprovals(program: Command, cli: Cli): void {
  const approvals = program
    .command('approvals')
    .helpGroup('Decide:')
    .description('look at calls that wait for an approval, and approve or deny them');
  for (const add of [addApprovalsList, addApprovalsShow, addApprovalsApprove, addApprovalsDeny]) {
    add(approvals, cli);
  }
}
