import type { Command } from 'commander';
import type { AdminContext } from '../admin/admin-context.ts';
import { knownServers } from '../admin/known-servers.ts';
import { findGrant } from '../admin/list-grants.ts';
import { mismatchedConditions } from '../admin/mismatched-conditions.ts';
import { type Reach, reachOf, reachText } from '../admin/reach.ts';
import { unusedRights } from '../admin/unused-rights.ts';
import type { GrantRecord } from '../authorize/grant-record.ts';
import { ruleText, termTexts } from '../authorize/rule-text.ts';
import { remarkWaiting, waitingUnder } from './approvals-list.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatInstant } from './format-instant.ts';
import { grantJson, termsJson } from './grant-json.ts';
import { instantOption } from './parse-values.ts';
import { count } from './print-drain.ts';

interface Options {
  readonly unused?: number;
  readonly json: boolean;
}

/** `toolgrant grant show`: one grant as brokers obey it, its rules, and what they come to tool by tool. */
export function addGrantShow(grant: Command, cli: Cli): void {
  grant
    .command('show')
    .description('show one grant as brokers obey it, and each tool it reaches')
    .argument('<id>')
    .option(
      '--unused <instant>',
      'instead, what of it nobody used since then: an instant, or a duration ago',
      instantOption(cli.deps.now),
    )
    .option('--json', 'print an object', false)
    .action(async (id: string, { unused, json }: Options) => {
      cli.exit(
        await cli.withAdmin('grant show', async ({ context }) => {
          const found = await findGrant(context, id);
          if (unused !== undefined) await showUnused(context, found, unused, json, cli);
          else await showGrant(context, found, json, cli);
          remarkWaiting(await waitingUnder(context, id), cli.print);
          return EXIT.done;
        }),
      );
    });
}

async function showGrant(
  context: AdminContext,
  found: GrantRecord,
  json: boolean,
  cli: Cli,
): Promise<void> {
  const { print } = cli;
  const shape = grantJson(found, context.clock.now());
  const mismatched = await mismatchedConditions(context, found);
  const servers = await knownServers(context.catalog, context.serverNames);
  const reach = reachOf({ grants: [found], servers });
  if (json) {
    print.json({ ...shape, reach: reach.map(reachJson) });
    return;
  }
  const { rules: _, ...plain } = shape;
  for (const [name, value] of Object.entries(plain)) {
    const text = Array.isArray(value) ? value.join(' ') : String(value ?? '-');
    print.lines(`${name.padEnd(18)} ${text}`);
  }
  for (const [index, rule] of found.rules.entries()) {
    const { effect, pattern, line } = rule;
    print.lines(`${effect.padEnd(18)} ${pattern}  (${found.file}:${line})`);
    for (const term of termTexts(rule)) print.lines(`${''.padEnd(18)} ${term}`);
    const why = mismatched.get(index);
    if (why === undefined) continue;
    const does = effect === 'permit' ? 'permits nothing' : 'denies all it matches';
    print.warning(`${found.file}:${line} ${does}: ${why}`);
  }
  if (reach.length === 0) return;
  print.lines('');
  print.table(
    ['REACHES', 'EFFECT', 'RULE'],
    reach.map((each) => [
      each.thing,
      reachText(each),
      [...each.by, ...each.unless].map(({ rule }) => `${found.file}:${rule.line}`).join(' ') || '-',
    ]),
  );
}

/** The `--json` shape of what a grant comes to for one thing. */
const reachJson = ({ kind, thing, effect, by, unless, held }: Reach) => {
  const rules = (all: Reach['by']) =>
    all.map(({ rule, index }) => ({ index, line: rule.line, ...termsJson(rule) }));
  return { kind, thing, effect, by: rules(by), unless: rules(unless), held: held ?? null };
};

async function showUnused(
  context: AdminContext,
  found: GrantRecord,
  since: number,
  json: boolean,
  cli: Cli,
): Promise<void> {
  const { print } = cli;
  const { rules, things, uses } = await unusedRights(context, found, since);
  const from = formatInstant(Math.floor(since / 1000));
  if (json) {
    print.json({
      id: found.id,
      since: from,
      uses,
      rules: rules.map(({ index, rule }) => ({
        index,
        effect: rule.effect,
        pattern: rule.pattern,
        ...termsJson(rule),
        line: rule.line,
      })),
      things,
    });
    return;
  }
  for (const { rule } of rules) {
    print.lines(`unused  ${ruleText(rule)}  (${found.file}:${rule.line})`);
  }
  for (const thing of things) print.lines(`unused  ${thing}`);
  if (rules.length + things.length === 0) print.note('all of it was used');
  print.note(`${count(uses, 'use')} admitted under ${found.id} since ${from}`);
  if (since / 1000 < found.appliedAt) {
    print.note(`it is as it is only since ${formatInstant(found.appliedAt)}`);
  }
}
