import { compiledRule } from '../../authorize/compiled-rule.ts';
import { newEffort } from '../../authorize/glob-cover.ts';
import type { GrantRecord, GrantRule } from '../../authorize/grant-record.ts';
import { conditionMismatch, isConditional } from '../../authorize/rule-conditions.ts';
import { meetsSomething, thingsOf } from '../../authorize/rule-meets.ts';
import { isCoveredBy, unmatchedServers } from '../../authorize/rule-pattern.ts';
import { isOnTrial } from '../../authorize/trial.ts';
import { serverView } from '../../catalog/server-view.ts';
import type { PinnedServer } from '../../domain/catalog-record.ts';
import { formatProblem, previewGrants } from '../plan-grants.ts';
import { attempt, type Facts } from './facts.ts';
import { type Finding, findingsOf, spanWords } from './finding.ts';

const found = findingsOf('grants');

const DAY_MS = 86_400_000;

/** What is granted too widely, not any more, to nothing that exists, or only in a file. */
export async function checkGrants(facts: Facts): Promise<readonly Finding[]> {
  const { context, grants, now } = facts;
  const { config } = context.settings;
  if (config === undefined) return [];
  const { findings, planned } = await files(facts);
  if (grants?.ok === false) {
    return [...findings, found('problem', 'grants_unreadable', grants.what)];
  }
  if (!isKnown(facts)) return findings;
  const applied = grants?.value.filter(({ revokedAt }) => revokedAt === undefined) ?? [];
  // Before the first start the files are all there is.
  const inForce = applied.length > 0 ? applied : planned;
  const live = inForce.filter(({ expiresAt }) => now < expiresAt);
  for (const grant of live) findings.push(...lookAt(grant, facts));
  for (const grant of inForce.filter((one) => !live.includes(one))) {
    findings.push(
      found(
        'note',
        'grant_expired',
        `expired ${spanWords(now - grant.expiresAt)} ago, for ${grant.subject}`,
        grant.id,
        `toolgrant grant revoke ${grant.id}`,
      ),
    );
  }
  if (live.length > 0 && findings.length === 0) {
    const what = live.length === 1 ? '1 is in force' : `${live.length} are in force`;
    findings.push(found('ok', 'grants', what));
  }
  if (live.length === 0) {
    const what = 'none is in force: clients see no tools';
    const remedy = "toolgrant grant create SUBJECT --permit 'server/tool' --ttl 8h";
    findings.push(found('note', 'grants_none', what, config.grantsDir, remedy));
  }
  return [...findings, ...(await profiles(facts, live))];
}

/** Whether it is known what is in force: the database was read, or there is none. */
const isKnown = ({ state }: Facts): boolean =>
  state?.ok === true && (state.value === undefined || state.value.stores !== undefined);

/** Grant files as they lie there: broken, waiting, or gone. */
async function files(facts: Facts): Promise<{
  readonly findings: Finding[];
  /** What a broker's first start would put in force. */
  readonly planned: readonly GrantRecord[];
}> {
  const { context, state, now } = facts;
  const stores = state?.ok ? state.value?.stores : undefined;
  const read = await attempt(() =>
    previewGrants(
      {
        grantFiles: context.grantFiles,
        grants: stores?.grants ?? { all: async () => [], isEmpty: async () => true },
        ...(stores === undefined ? {} : { catalog: stores.catalog }),
        serverNames: context.settings.config?.specs.map(({ name }) => name) ?? [],
        clock: { now: () => now },
      },
      { mode: 'first-start', prune: false, reinstate: [] },
    ),
  );
  if (!read.ok) {
    const broken = found('problem', 'grant_file_broken', read.what, '', read.remedy);
    return { findings: [broken], planned: [] };
  }
  const { problems } = read.value;
  const findings = problems.map((problem) =>
    found(
      'problem',
      'grant_file_broken',
      formatProblem(problem),
      problem.file,
      problem.hint ?? 'run `toolgrant grant validate`',
    ),
  );
  if (!isKnown(facts)) return { findings, planned: [] };
  const { entries } = read.value;
  for (const entry of entries) {
    if (entry.waits) {
      const what = `waits, because it gives something: ${entry.differences.length} differences`;
      findings.push(found('warning', 'grant_waits', what, entry.file, 'toolgrant grant apply'));
    }
    if (entry.action === 'missing-file') {
      const what = `${entry.id} is in force, and no file says so`;
      findings.push(
        found('warning', 'grant_without_file', what, entry.file, 'toolgrant grant apply --prune'),
      );
    }
  }
  const isFirst = (await stores?.grants.isEmpty()) ?? true;
  if (isFirst && entries.length > 0) {
    const what = 'files are not in force yet: a broker’s first start applies them';
    findings.push(
      found(
        'note',
        'grants_not_applied',
        what,
        context.settings.config?.grantsDir,
        'toolgrant grant apply',
      ),
    );
  }
  const planned = entries.flatMap(({ file, put }) =>
    put === undefined ? [] : [{ ...put, file, revision: 0, appliedAt: now }],
  );
  return { findings, planned: isFirst ? planned : [] };
}

/** What a pattern that matches all of a kind covers. */
const EVERYTHING = [
  ['tool', '*/*'],
  ['prompt', 'prompt:*/*'],
  ['resource', 'resource:**'],
  ['question', 'ask:*/*'],
] as const;

function lookAt(grant: GrantRecord, { context, pinned, now }: Facts): readonly Finding[] {
  const findings: Finding[] = [];
  const at = (line: number) => `${grant.file}:${line}`;
  for (const { effect, pattern, line } of grant.rules) {
    if (effect !== 'permit') continue;
    for (const [things, all] of EVERYTHING) {
      if (!isCoveredBy(all, [pattern], newEffort())) continue;
      const what = `${grant.id} permits every ${things} of every server, also of those to come`;
      const remedy = `name the servers and ${things}s that are needed`;
      findings.push(found('warning', 'grant_wildcard', what, at(line), remedy));
    }
  }
  const names = context.settings.config?.specs.map(({ name }) => name) ?? [];
  const lost = new Set(unmatchedServers(grant, names));
  const known: ReadonlyMap<string, PinnedServer> = pinned?.ok ? pinned.value : new Map();
  const servers = new Map(names.map((name) => [name, serverView(known.get(name), false)]));
  for (const rule of grant.rules) {
    const { effect, line, pattern } = rule;
    if (rule.trialUntil !== undefined) findings.push(onTrial(grant, rule, now));
    const mismatch = isConditional(rule) ? conditionMismatch(rule, servers) : undefined;
    if (mismatch !== undefined) {
      const of = mismatch.tool === undefined ? '' : `, of ${mismatch.tool}`;
      const does = effect === 'permit' ? 'permits nothing' : 'denies all it matches';
      const what = `${effect} ${pattern} ${does}: \`when\` ${mismatch.message}${of}`;
      findings.push(
        found(
          'warning',
          'rule_condition_mismatch',
          what,
          at(line),
          'correct it, then `toolgrant grant apply`',
        ),
      );
    }
    if (lost.has(rule)) {
      const what = `${effect} ${pattern} matches no configured tool server`;
      findings.push(
        found('warning', 'rule_matches_nothing', what, at(line), 'correct it, or remove it'),
      );
      continue;
    }
    const { glob } = compiledRule(rule);
    const meant = names.filter((name) => glob?.canMatchUnder(`${name}/`));
    if (!meant.every((name) => known.has(name))) continue;
    const isMet = meant.some((name) => {
      const server = known.get(name);
      return server !== undefined && meetsSomething(rule, server);
    });
    if (isMet) continue;
    const what = `${effect} ${pattern} matches none of the ${thingsOf(rule)} of ${meant.join(', ')}`;
    findings.push(
      found('warning', 'rule_matches_nothing', what, at(line), `toolgrant tools list ${meant[0]}`),
    );
  }
  if (grant.expiresAt - now < DAY_MS) {
    const what = `${grant.id} expires in ${spanWords(grant.expiresAt - now)}, for ${grant.subject}`;
    const remedy = 'write a later `expires` into it, then `toolgrant grant apply`';
    findings.push(found('note', 'grant_expiring', what, grant.file, remedy));
  }
  return findings;
}

/** A rule whose `when` and `limit` refuse nobody, or that says so beyond what brokers take. */
function onTrial(grant: GrantRecord, rule: GrantRule, now: number): Finding {
  const { pattern, line, trialUntil = 0 } = rule;
  const at = `${grant.file}:${line}`;
  if (isOnTrial(rule, grant.appliedAt, now)) {
    const terms = [
      rule.when === undefined ? [] : '`when`',
      rule.rates === undefined ? [] : '`limit`',
    ];
    const what = `permit ${pattern} refuses nobody for its ${terms.flat().join(' and ')}: on trial for ${spanWords(trialUntil - now)} more`;
    const remedy =
      'toolgrant simulate, then remove `enforce` and `until`, and `toolgrant grant apply`';
    return found('warning', 'rule_on_trial', what, at, remedy);
  }
  const what = `permit ${pattern} says \`enforce: false\`, and is enforced: its trial is over, or longer than one may be`;
  return found('note', 'rule_trial_over', what, at, 'remove `enforce` and `until`');
}

/** Clients that were connected for a subject nobody grants anything any more. */
async function profiles(
  { profiles: read }: Facts,
  live: readonly GrantRecord[],
): Promise<readonly Finding[]> {
  if (read === undefined) return [];
  if (!read.ok) return [found('problem', 'profile_broken', read.what, 'profiles', read.remedy)];
  return read.value.flatMap(({ name, subject, revokedAt }) => {
    if (revokedAt !== undefined) return [];
    const isGranted = live.some(
      (grant) =>
        grant.subject === subject && (grant.clients === undefined || grant.clients.includes(name)),
    );
    if (isGranted) return [];
    const what = `no grant in force is for ${subject} through it: the client sees no tools`;
    const remedy = 'toolgrant grant list --all';
    return [found('warning', 'profile_without_grant', what, `profile ${name}`, remedy)];
  });
}
