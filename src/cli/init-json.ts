import type { StartedServer } from '../admin/init-approve.ts';
import type { KeptSecrets, PlannedServer } from '../admin/init-plan.ts';
import type { ToTry } from '../admin/init-try.ts';
import { formatInstant } from '../authorize/format-grant.ts';
import type { ClientResult } from './init-connect.ts';
import type { FirstGrantResult } from './init-give.ts';

/** All that `init` did. */
export interface InitResult {
  readonly configPath: string;
  readonly subject: string;
  readonly plan: readonly PlannedServer[];
  readonly kept: KeptSecrets;
  readonly servers: readonly StartedServer[];
  readonly grant: FirstGrantResult;
  readonly clients: readonly ClientResult[];
  /** What of the clients' files could not be read. */
  readonly problems: readonly string[];
  readonly toTry: ToTry;
}

/** The `--json` shape; of `undefined`: there was nothing to do. Names only, never a secret. */
export function initJson(result: InitResult | undefined) {
  if (result === undefined) {
    return {
      dryRun: false,
      configPath: null,
      subject: null,
      servers: [],
      grant: null,
      clients: [],
      problems: [],
      try: { allowed: null, refused: null, allow: null },
    };
  }
  const { allowed, refused, allow } = result.toTry;
  return {
    dryRun: false,
    configPath: result.configPath,
    subject: result.subject,
    servers: result.plan.map((one) => serverJson(one, result)),
    grant: grantJson(result.grant),
    clients: result.clients.map(({ client, ...one }) => ({
      client: client.id,
      path: client.path,
      state: one.state,
      profile: one.profile ?? null,
      movedOut: one.movedOut,
      besides: one.besides,
      backup: one.backup ?? null,
      restart: one.state === 'connected' ? client.needsRestart : null,
      problem: one.problem ?? null,
    })),
    problems: result.problems,
    try: { allowed: allowed ?? null, refused: refused ?? null, allow: allow ?? null },
  };
}

function serverJson(one: PlannedServer, { servers, kept }: InitResult) {
  const started = servers.find(({ server }) => server === one.name);
  return {
    name: one.name,
    from: one.from,
    state: started?.state ?? 'disabled',
    tools: started?.tools ?? 0,
    heldBack: started?.heldBack ?? [],
    secrets: one.secrets.map(({ name, label }) => ({
      name,
      for: label,
      place: kept.get(name) ?? null,
    })),
    problem: started?.problem ?? one.problem ?? null,
  };
}

function grantJson(given: FirstGrantResult) {
  if (given.state !== 'applied') return null;
  const { document, file } = given.grant;
  return {
    id: document.id,
    file,
    expiresAt: formatInstant(document.expiresAt),
    permits: document.rules.flatMap(({ effect, pattern }) =>
      effect === 'permit' ? [pattern] : [],
    ),
  };
}
