import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addGrantApply } from './grant-apply.ts';
import { addGrantCreate } from './grant-create.ts';
import { addGrantDiff } from './grant-diff.ts';
import { addGrantList } from './grant-list.ts';
import { addGrantRevoke } from './grant-revoke.ts';
import { addGrantShow } from './grant-show.ts';
import { addGrantSuggest } from './grant-suggest.ts';
import { addGrantValidate } from './grant-validate.ts';

/** `toolgrant grant`: who may do what, for what purpose, until when. */
export function addGrant(program: Command, cli: Cli): void {
  const grant = program
    .command('grant')
    .helpGroup('Decide:')
    .description('create, apply, explain and revoke grants');
  for (const add of [
    addGrantCreate,
    addGrantList,
    addGrantShow,
    addGrantApply,
    addGrantDiff,
    addGrantValidate,
    addGrantSuggest,
    addGrantRevoke,
  ]) {
    add(grant, cli);
  }
}
