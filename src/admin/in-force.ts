import { compiledRule } from '../authorize/compiled-rule.ts';
import { decide } from '../authorize/decide.ts';
import type { GrantRecord } from '../authorize/grant-record.ts';
import { ASK_KINDS } from '../authorize/rule-kind.ts';
import type { AccessRequest } from '../domain/access-request.ts';
import type { AdminContext } from './admin-context.ts';
import { currentPolicy } from './current-policy.ts';

/** What a subject may now, over all its clients. */
export interface InForce {
  readonly subject: string;
  /** Tools that can be called now. */
  readonly tools: number;
  /** Servers of those tools, in the order of the configuration. */
  readonly servers: readonly string[];
  /** Prompts that can be got now. */
  readonly prompts: number;
  /** Servers of which a rule gives resources, likewise ordered. */
  readonly readable: readonly string[];
  /** Servers that may ask the subject's clients something, likewise ordered. */
  readonly asking: readonly string[];
  /** Servers never seen of which a rule gives something. */
  readonly unseen: readonly string[];
  /** Epoch milliseconds: when the first and the last of the grants that give this end. */
  readonly until?: { readonly first: number; readonly last: number };
  /** Profiles whose clients are connected now, sorted: they may show an older list. */
  readonly connected: readonly string[];
}

/**
 * Asks the one decision about everything there is, for a subject through each client its grants and
 * profiles name. Reads only: nothing is started.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function inForce(context: AdminContext, subject: string): Promise<InForce> {
  const now = context.clock.now();
  const state = await currentPolicy(context, subject);
  const profiles = (await context.profiles.list()).filter((one) => one.subject === subject);
  const clients = new Set([
    ...profiles.map(({ name }) => name),
    ...state.grants.flatMap((grant) => grant.clients ?? []),
  ]);
  const askers = [{ subject }, ...[...clients].map((client) => ({ subject, client }))];

  const isGiven = (request: AccessRequest): boolean =>
    askers.some((asker) => decide(state, asker, request, now).kind === 'permit');
  const refs: string[] = [];
  const prompts: string[] = [];
  const servers: string[] = [];
  const readable: string[] = [];
  const asking: string[] = [];
  const unseen: string[] = [];
  for (const [server, view] of state.servers) {
    if (ASK_KINDS.some((ask) => isGiven({ kind: 'ask', server, ask }))) asking.push(server);
    if (view.tools === undefined) {
      if (isGiven({ kind: 'server', server })) unseen.push(server);
      continue;
    }
    const tools = [...view.tools.keys()].filter((tool) => isGiven({ kind: 'tool', server, tool }));
    if (tools.length > 0) servers.push(server);
    refs.push(...tools.map((tool) => `${server}/${tool}`));
    for (const prompt of view.prompts?.keys() ?? []) {
      if (isGiven({ kind: 'prompt', server, prompt })) prompts.push(`${server}/${prompt}`);
    }
    if (isGiven({ kind: 'server', server, needs: 'resources' })) readable.push(server);
  }
  const gives = ({ rules, expiresAt }: GrantRecord): boolean =>
    expiresAt > now &&
    rules.some((rule) => {
      const { kind, glob } = compiledRule(rule);
      if (rule.effect !== 'permit' || glob === undefined) return false;
      const canMatch = (server: string) => glob.canMatchUnder(`${server}/`);
      if (kind === 'ask') return asking.some(canMatch);
      if (unseen.some(canMatch)) return true;
      if (kind === 'resource') return readable.some(canMatch);
      return (kind === 'tool' ? refs : prompts).some((ref) => glob.matches(ref));
    });
  const ends = state.grants.filter(gives).map(({ expiresAt }) => expiresAt);
  const sessions = await context.sessions.list({ subject, activeAt: now });
  const connected = new Set(sessions.flatMap(({ client }) => client ?? []));
  return {
    subject,
    tools: refs.length,
    servers,
    prompts: prompts.length,
    readable,
    asking,
    unseen,
    ...(ends.length === 0 ? {} : { until: { first: Math.min(...ends), last: Math.max(...ends) } }),
    connected: [...connected].sort(),
  };
}
