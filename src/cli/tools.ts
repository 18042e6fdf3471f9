import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addToolsApprove } from './tools-approve.ts';
import { addToolsDiff } from './tools-diff.ts';
import { addToolsList } from './tools-list.ts';
import { addToolsQuarantine } from './tools-quarantine.ts';

/** `toolgrant tools`: what tool servers offer, as it was approved. */
export function addTools(program: Command, cli: Cli): void {
  const tools = program
    .command('tools')
    .helpGroup('Decide:')
    .description('list what tool servers offer, look at what changed, approve it or take it out');
  addToolsList(tools, cli);
  addToolsDiff(tools, cli);
  addToolsApprove(tools, cli);
  addToolsQuarantine(tools, cli);
}
