import type { Command } from 'commander';
import type { AdminContext } from '../admin/admin-context.ts';
import { findPrunable, type Pruned, pruneAudit } from '../admin/prune-audit.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Retention } from '../domain/retention.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatMicros } from './format-instant.ts';
import { databaseSizeOption, durationOption } from './parse-values.ts';

interface Options {
  readonly olderThan?: number;
  readonly maxSize?: number;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** `toolgrant audit prune`: removes the oldest events, leaving a signed statement in their place. */
export function addAuditPrune(audit: Command, cli: Cli): void {
  audit
    .command('prune')
    .description('remove the oldest events; the rest still verifies')
    .option('--older-than <duration>', 'what is older, such as 90d', durationOption)
    .option('--max-size <size>', 'what is beyond a size, such as 10GB', databaseSizeOption)
    .option('--dry-run', 'only say what would be removed', false)
    .option('--yes', 'do not ask', false)
    .option('--json', 'print an object', false)
    .action(async (options: Options) => {
      cli.exit(await cli.withAdmin('audit prune', ({ context }) => prune(cli, context, options)));
    });
}

async function prune(cli: Cli, context: AdminContext, options: Options): Promise<number> {
  const retention = retentionOf(options, context.retention);
  const found = await findPrunable(context, retention);
  const would: Pruned | undefined =
    found === undefined ? undefined : { from: found.from, to: found.seal.seq, at: found.seal.at };
  if (found === undefined && context.shipTargets.length > 0) {
    cli.print.note('what a place under audit.ship has not got stays; see `toolgrant audit ship`');
  }
  if (options.dryRun) return tell(cli, would, 'would be removed', options.json);
  if (would !== undefined && !(await isWanted(cli, would, options))) return EXIT.no;
  const pruned = await pruneAudit(context, retention, { signal: cli.deps.signal });
  return tell(cli, pruned, 'removed', options.json);
}

function retentionOf({ olderThan, maxSize }: Options, configured: Retention): Retention {
  const given = { maxAgeMs: olderThan, maxBytes: maxSize };
  const retention = olderThan === undefined && maxSize === undefined ? configured : given;
  if (retention.maxAgeMs === undefined && retention.maxBytes === undefined) {
    throw new BrokerError('ERR_USAGE', 'nothing says what is too old, or too much', {
      hint: 'give --older-than or --max-size, or configure audit.retainDays or audit.maxSize',
    });
  }
  return retention;
}

async function isWanted(cli: Cli, would: Pruned, { yes }: Options): Promise<boolean> {
  if (yes) return true;
  cli.print.note(`${named(would)}; no command brings them back`);
  if (cli.deps.isTerminal.stdin) return cli.deps.confirm('remove them?');
  cli.print.note('not a terminal: add --yes');
  return false;
}

function tell(cli: Cli, pruned: Pruned | undefined, what: string, isJson: boolean): number {
  if (isJson) cli.print.json({ from: pruned?.from ?? null, to: pruned?.to ?? null });
  else if (pruned === undefined) cli.print.lines('nothing to remove');
  else cli.print.lines(`${what}: ${named(pruned)}`);
  if (pruned !== undefined && what === 'removed') cli.print.next(['audit', 'verify']);
  return EXIT.done;
}

const named = ({ from, to, at }: Pruned): string =>
  `events ${from} to ${to}, up to ${formatMicros(at)}`;
