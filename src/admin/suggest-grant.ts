import { formatGrant } from '../authorize/format-grant.ts';
import type { GrantRecord, GrantRule } from '../authorize/grant-record.ts';
import { parseGrant } from '../authorize/parse-grant.ts';
import type { PolicyState } from '../authorize/policy-state.ts';
import { patternFor } from '../authorize/remedy.ts';
import { conditionMismatch, isConditional } from '../authorize/rule-conditions.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';
import { currentPolicy } from './current-policy.ts';
import { obviousBounds } from './obvious-bounds.ts';
import { askerOf } from './recorded-asker.ts';
import { type RecordedUse, recordedUse } from './recorded-use.ts';
import { recordedUses } from './recorded-uses.ts';
import { replayUse } from './replay-use.ts';

/** What a grant is suggested from. */
export interface SuggestWish {
  readonly subject: string;
  /** Only uses through this client, and for it. */
  readonly client?: string;
  /** Epoch microseconds. */
  readonly since: number;
  /** How long the grant is to hold, milliseconds from now. */
  readonly lifeMs: number;
}

/** A grant that would have permitted what was used. */
export interface SuggestedGrant {
  readonly grant: GrantRecord;
  /** As a file; empty when nothing was used. */
  readonly text: string;
  /** Uses it is made from. */
  readonly uses: number;
  /** Uses left out because their result was withheld, or they were refused on their way. */
  readonly leftOut: number;
  /** What of the uses no rule names: how often, as they are called. */
  readonly unnamed: ReadonlyMap<string, number>;
}

/**
 * Writes the least grant that would have permitted what a subject used: each tool, prompt and resource by
 * its own name, and arguments bounded where every use says the same. What was refused, or whose result
 * was withheld, has no part in it. It is read back and replayed before it is handed out.
 *
 * @throws BrokerError when state cannot be read; `ERR_GRANT` for what no grant can say.
 */
export async function suggestGrant(
  context: AdminContext,
  wish: SuggestWish,
): Promise<SuggestedGrant> {
  const { used, leftOut } = await usesOf(context, wish);
  const state = { ...(await currentPolicy(context, wish.subject)), isHalted: false };
  const unnamed = new Map<string, number>();
  const byPattern = new Map<string, RecordedUse[]>();
  for (const use of used) {
    const pattern = use.isCut ? undefined : patternOf(use);
    if (pattern === undefined) unnamed.set(use.what, (unnamed.get(use.what) ?? 0) + 1);
    else byPattern.set(pattern, [...(byPattern.get(pattern) ?? []), use]);
  }
  const rules: GrantRule[] = [];
  for (const [pattern, uses] of [...byPattern].sort(([a], [b]) => (a < b ? -1 : 1))) {
    rules.push(await leastRule(context, wish, state, pattern, uses));
  }
  const grant = grantOf(context, wish, rules);
  const counted = { uses: used.length, leftOut, unnamed };
  if (rules.length === 0) return { grant, text: '', ...counted };
  const text = formatGrant(grant);
  const parsed = parseGrant(text, grant.file);
  if (!parsed.ok) throw new BrokerError('ERR_GRANT', 'what was used cannot be put into a grant');
  return { grant: { ...grant, ...parsed.document }, text, ...counted };
}

/** What was used, questions of tool servers that were asked among it. */
async function usesOf(context: AdminContext, wish: SuggestWish) {
  const asked = { since: wish.since, subject: wish.subject };
  const digestKey = await context.keys.digestKey();
  const withheld = new Set<number | undefined>();
  for (const outcome of ['withheld', 'refused']) {
    for (const { intent } of await context.events.query({ ...asked, outcome }))
      withheld.add(intent);
  }
  const isWanted = ({ client }: AuditEvent) => wish.client === undefined || client === wish.client;
  const used: RecordedUse[] = [];
  let leftOut = 0;
  for (const event of await context.events.query({ ...asked, code: 'TG1007' })) {
    const use = isWanted(event) ? recordedUse(event, digestKey) : undefined;
    if (use === undefined || withheld.has(event.intent)) continue;
    used.push(use);
  }
  for await (const event of recordedUses(context, asked)) {
    if (event.code !== 'TG1001' || !isWanted(event)) continue;
    const use = recordedUse(event, digestKey);
    if (use === undefined) continue;
    if (withheld.has(event.seq)) leftOut += 1;
    else used.push(use);
  }
  return { used, leftOut };
}

/** A list is given by what is on it, and a template by its resources: they have no rules of their own. */
const patternOf = ({ request }: RecordedUse): string | undefined =>
  request.kind === 'server' ? undefined : patternFor(request);

/** The rule with what bounds its arguments, as long as all of the uses would be permitted by it alone. */
async function leastRule(
  context: AdminContext,
  wish: SuggestWish,
  state: PolicyState,
  pattern: string,
  uses: readonly RecordedUse[],
): Promise<GrantRule> {
  const plain: GrantRule = { effect: 'permit', pattern, line: 0 };
  const [request] = uses.map((use) => use.request);
  if (request?.kind !== 'tool') return plain;
  const schema = state.servers.get(request.server)?.tools?.get(request.tool)?.inputSchema;
  const recorded = uses.flatMap((use) => use.recorded ?? []);
  const when = recorded.length === uses.length ? obviousBounds(recorded, schema) : undefined;
  if (when === undefined) return plain;
  const bounded = { ...plain, when };
  if (isConditional(bounded) && conditionMismatch(bounded, state.servers) !== undefined)
    return plain;
  const only = { ...state, grants: [grantOf(context, wish, [bounded])] };
  for (const use of uses) {
    const replay = replayUse(only, await askerOf(context, use), use, use.at);
    if (replay.kind === 'undecidable' || replay.reason !== 'permitted') return plain;
  }
  return bounded;
}

function grantOf(
  { clock, grantFiles }: AdminContext,
  { subject, client, lifeMs }: SuggestWish,
  rules: readonly GrantRule[],
): GrantRecord {
  const slug = `${subject}-used`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 60);
  const id = /^[a-z0-9]/.test(slug) ? slug : 'used';
  // To the second, as a person would write it.
  const expiresAt = Math.floor((clock.now() + lifeMs) / 1000) * 1000;
  return {
    id,
    subject,
    ...(client === undefined ? {} : { clients: [client] }),
    purpose: 'not stated',
    expiresAt,
    rules,
    revision: 0,
    file: grantFiles.pathFor(id),
    appliedAt: clock.now(),
  };
}
