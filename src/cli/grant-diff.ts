import type { Command } from 'commander';
import { type CallChange, callChanges } from '../admin/call-changes.ts';
import { grantsOnDisk } from '../admin/grants-on-disk.ts';
import { assertUsable, previewGrants } from '../admin/plan-grants.ts';
import type { ApplyPlan } from '../authorize/plan-apply.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { entryJson, isSettled, notable, planLines } from './print-plan.ts';

/** `toolgrant grant diff`: what the files say that brokers do not obey. Exit 1 when there is any. */
export function addGrantDiff(grant: Command, cli: Cli): void {
  grant
    .command('diff')
    .description('compare the grant files with what brokers obey; exit 1 when they differ')
    .option('--json', 'print an array', false)
    .action(async (options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('grant diff', async ({ context }) => {
          const plan = await previewGrants(context, { mode: 'apply', prune: false, reinstate: [] });
          assertUsable(plan);
          const entries = notable(plan);
          const calls = await callChanges(context, await grantsOnDisk(context));
          if (options.json) {
            const changing = (id: string) => calls.filter(({ grants }) => grants.includes(id));
            cli.print.json(
              entries.map((entry) => ({
                ...entryJson(entry),
                calls: changing(entry.id).map(callJson),
              })),
            );
          } else {
            cli.print.lines(...planLines(entries));
            printCalls(calls, cli);
          }
          return conclude(plan, cli);
        }),
      );
    });
}

const CHANGES: Readonly<Record<CallChange['change'], string>> = {
  permitted: 'becomes permitted',
  refused: 'becomes refused',
  changed: 'changes',
};

/** Each call that changes, below what changes it. */
function printCalls(calls: readonly CallChange[], { print }: Cli): void {
  if (calls.length === 0) return;
  print.lines('');
  print.table(
    ['CALL', 'SUBJECT', 'CLIENTS', 'CHANGE', 'BEFORE', 'AFTER'],
    calls.map(({ thing, subject, clients, change, before, after }) => [
      thing,
      subject,
      clients?.join(' ') ?? 'any',
      CHANGES[change],
      before,
      after,
    ]),
  );
}

const callJson = ({ thing, subject, clients, change, before, after }: CallChange) => ({
  thing,
  subject,
  clients: clients ?? null,
  change,
  before,
  after,
});

/** Says what is true, and the command for each way files and brokers differ. */
function conclude(plan: ApplyPlan, cli: Cli): ExitCode {
  const { print } = cli;
  const stays = plan.entries.filter((entry) => entry.isUnmarked === true);
  const fileless = plan.entries.filter((entry) => entry.action === 'missing-file');
  const settled = isSettled(plan);
  for (const { id, file } of stays) print.note(`${id} stays revoked, whatever ${file} says`);
  for (const { id, differences } of fileless) {
    print.note(`${id} is in force, though ${differences.join(', ')}`);
  }
  if (settled && stays.length + fileless.length === 0)
    print.note('brokers obey what the files say');
  else if (settled && fileless.length === 0) print.note('there is nothing else to apply');
  if (!settled) print.next(['grant', 'apply']);
  for (const { id } of stays) print.next(['grant', 'apply', '--reinstate', id]);
  if (fileless.length > 0) print.next(['grant', 'apply', '--prune']);
  return settled && fileless.length === 0 ? EXIT.done : EXIT.no;
}
