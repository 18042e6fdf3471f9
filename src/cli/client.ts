import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addClientList, addClientShow } from './client-list.ts';
import { addClientRevoke } from './client-revoke.ts';

/** `toolgrant client`: the installations that may come in, and out. */
export function addClient(program: Command, cli: Cli): void {
  const client = program
    .command('client')
    .helpGroup('Decide:')
    .description('list clients that `connect` made, and revoke them');
  addClientList(client, cli);
  addClientShow(client, cli);
  addClientRevoke(client, cli);
}
