import type { Command } from 'commander';
import type { AdminContext } from '../admin/admin-context.ts';
import { type AppliedGrants, applyGrants, isWidening } from '../admin/apply-grants.ts';
import { drainBrokers } from '../admin/drain-brokers.ts';
import { assertUsable, previewGrants } from '../admin/plan-grants.ts';
import { tellBrokers } from '../admin/tell-brokers.ts';
import type { ApplyPlan } from '../authorize/plan-apply.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { collect } from './parse-values.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';
import { remarkGrantsInForce } from './print-in-force.ts';
import { entryJson, isSettled, notable, planLines } from './print-plan.ts';

interface Options {
  readonly dryRun: boolean;
  readonly prune: boolean;
  readonly reinstate?: readonly string[];
  readonly yes: boolean;
  readonly json: boolean;
}

/** `toolgrant grant apply`: shows the difference, then makes brokers obey the files. */
export function addGrantApply(grant: Command, cli: Cli): void {
  grant
    .command('apply')
    .description('show the difference, then make brokers obey the grant files')
    .option('--dry-run', 'show the difference and change nothing', false)
    .option('--prune', 'revoke grants that have no file any more', false)
    .option('--reinstate <id>', 'lift the tombstone of a revoked grant; repeatable', collect)
    .option('--yes', 'do not ask', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (options: Options) => {
      cli.exit(
        await cli.withAdmin('grant apply', ({ context }) =>
          options.dryRun ? dryRun(cli, context, options) : apply(cli, context, options),
        ),
      );
    });
}

const wishOf = (options: Options) => ({
  mode: 'apply' as const,
  prune: options.prune,
  reinstate: options.reinstate ?? [],
});

async function dryRun(cli: Cli, context: AdminContext, options: Options): Promise<number> {
  const plan = await previewGrants(context, wishOf(options));
  assertUsable(plan);
  if (options.json) cli.print.json(resultJson(plan, { dryRun: true }));
  else cli.print.lines(...planLines(notable(plan)));
  cli.print.note(isSettled(plan) ? 'nothing to apply' : 'nothing was changed');
  return EXIT.done;
}

async function apply(cli: Cli, context: AdminContext, options: Options): Promise<number> {
  const { print } = cli;
  const applied = await applyGrants(context, wishOf(options), (plan) =>
    approve(cli, plan, options),
  );
  if (applied.isDeclined) {
    if (options.json) print.json(resultJson(applied.plan, { dryRun: false, applied }));
    print.error('not applied');
    return EXIT.no;
  }
  const drain = applied.isNarrowing ? await drainBrokers(context) : undefined;
  if (drain === undefined && applied.changed.length > 0) await tellBrokers(context);
  if (options.json) {
    print.json(
      resultJson(applied.plan, {
        dryRun: false,
        applied,
        ...(drain === undefined ? {} : { brokers: drainJson(drain) }),
      }),
    );
    if (drain !== undefined) remarkSilent(drain, print);
  } else {
    const many = applied.changed.length;
    print.lines(many === 0 ? 'nothing to apply' : `applied ${many} grant${many === 1 ? '' : 's'}`);
    if (drain !== undefined) printDrain(drain, print);
  }
  await remarkGrantsInForce(
    cli,
    context,
    applied.changed.map(({ id }) => id),
  );
  const missing = applied.plan.entries.find((entry) => entry.action === 'missing-file');
  if (missing !== undefined) {
    print.note(`${missing.id} stays in force without a file`);
    print.next(['grant', 'apply', '--prune']);
  } else print.next(['grant', 'list']);
  return drain === undefined ? EXIT.done : exitOfDrain(drain);
}

/** Shows the difference, and asks before rights widen. Where nobody can be asked, that is a no. */
async function approve(cli: Cli, plan: ApplyPlan, options: Options): Promise<boolean> {
  // With --json the result carries the same entries.
  if (!options.json) cli.print.lines(...planLines(notable(plan)));
  if (options.yes || !plan.entries.some(isWidening)) return true;
  if (!cli.deps.isTerminal.stdin) {
    cli.print.note('not a terminal: add --yes once the difference was looked at');
    return false;
  }
  if (options.json) for (const line of planLines(notable(plan))) cli.print.note(line);
  return cli.deps.confirm('apply this?');
}

const resultJson = (
  plan: ApplyPlan,
  done: {
    readonly dryRun: boolean;
    readonly applied?: AppliedGrants;
    readonly brokers?: ReturnType<typeof drainJson>;
  },
) => ({
  dryRun: done.dryRun,
  applied: done.applied?.changed.map((entry) => entry.id) ?? [],
  grants: notable(plan).map(entryJson),
  brokers: done.brokers ?? null,
});
