import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addSecretList } from './secret-list.ts';
import { addSecretRemove } from './secret-remove.ts';
import { addSecretSet } from './secret-set.ts';

/** `toolgrant secret`: what tool servers are given and nobody reads in a file. */
export function addSecret(program: Command, cli: Cli): void {
  const secret = program
    .command('secret')
    .helpGroup('Run:')
    .description("store, list and remove tool servers' secrets");
  for (const add of [addSecretSet, addSecretList, addSecretRemove]) add(secret, cli);
}
