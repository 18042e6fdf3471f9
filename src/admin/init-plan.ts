import type { Candidate } from './init-import.ts';
import type { InitConfig, InitPorts, KeptSecret, ServerEntryText } from './init-ports.ts';
import { type Inputs, replaceSecrets } from './init-secrets.ts';

/** A secret that leaves a client's entry for a place of its own. */
export interface PlannedSecret {
  /** What it is kept under. */
  readonly name: string;
  /** What it is given for: a variable, a header, a flag, `url`. */
  readonly label: string;
  readonly value: string;
}

/** A tool server the person picked, and what becomes of it. */
export interface PlannedServer extends Candidate {
  readonly secrets: readonly PlannedSecret[];
  /** What the person gave in the client's place. */
  readonly inputs: Inputs;
}

/**
 * What becomes of the tool servers the person picked. One that would keep the broker from starting is
 * written switched off, with its problem.
 *
 * @param inputs what the person gave for `${input:ID}`, by the server's name.
 */
export function planImport(
  ports: InitPorts,
  config: InitConfig,
  picked: readonly Candidate[],
  inputs: ReadonlyMap<string, Inputs> = new Map(),
): readonly PlannedServer[] {
  const taken = new Set<string>();
  return picked.map((one) => {
    const given: Inputs = inputs.get(one.name) ?? new Map();
    const base = { ...one, inputs: given, secrets: [] };
    if (one.isKnown) return { ...base, ...switchedOff(config, one.name) };
    const secrets: PlannedSecret[] = [];
    replaceSecrets(
      one.entry,
      ({ label, value }) => {
        secrets.push({ name: freeName(`${one.name}-${label}`, taken), label, value });
        return '';
      },
      given,
    );
    const { problem: asked, ...rest } = { ...base, secrets };
    const filled = replaceSecrets(one.entry, ({ value }) => value, given);
    // What is given is no problem any more; the configuration's own rules find any other.
    const problem =
      (given.size === 0 ? asked : undefined) ?? ports.entryProblem(config, one.name, filled);
    return { ...rest, ...(problem === undefined ? {} : { problem }) };
  });
}

/** What the configuration says of an entry it has: somebody's decision, which `init` leaves alone. */
const switchedOff = (config: InitConfig, name: string): Pick<Candidate, 'problem'> =>
  config.servers[name]?.disabled === true || config.servers[name]?.enabled === false
    ? { problem: 'switched off in the configuration' }
    : {};

/** In the characters a secret's name may have, and numbered when taken. */
function freeName(wanted: string, taken: Set<string>): string {
  const base = wanted.replace(/[^A-Za-z0-9_.-]+/g, '-').slice(0, 60);
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (taken.has(name.toLowerCase())) continue;
    taken.add(name.toLowerCase());
    return name;
  }
}

/** The entry as the configuration holds it. `references` stand for the secrets, in their order. */
export function entryText(
  { entry, inputs, problem }: PlannedServer,
  references: readonly string[],
): ServerEntryText {
  let at = 0;
  const written = replaceSecrets(entry, ({ value }) => references[at++] ?? value, inputs);
  return {
    ...withoutEmpty(written),
    ...(problem === undefined ? {} : { disabled: true as const }),
  };
}

function withoutEmpty(entry: ServerEntryText): ServerEntryText {
  if ('url' in entry) {
    const { headers, ...rest } = entry;
    return Object.keys(headers).length === 0 ? (rest as ServerEntryText) : entry;
  }
  const { command, args, env, ...rest } = entry;
  return {
    command,
    ...(args.length === 0 ? {} : { args }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...rest,
  } as ServerEntryText;
}

/** What of a plan is written: what the configuration does not have. */
export const newServers = (plan: readonly PlannedServer[]): readonly PlannedServer[] =>
  plan.filter(({ isKnown }) => !isKnown);

/** Where each secret went, by its name. */
export type KeptSecrets = ReadonlyMap<string, KeptSecret['place']>;

/**
 * Keeps the secrets, then writes the configuration in one step: interrupted in between, the same
 * secrets are kept again.
 *
 * @throws BrokerError `ERR_CONFIG` when the file changed meanwhile, `ERR_STATE_UNSAFE`,
 * `ERR_STORE_FAILED`.
 */
export async function carryOutImport(
  ports: InitPorts,
  config: InitConfig,
  plan: readonly PlannedServer[],
): Promise<{ readonly config: InitConfig; readonly kept: KeptSecrets }> {
  const kept = new Map<string, KeptSecret['place']>();
  const added = newServers(plan);
  if (added.length === 0) return { config, kept };
  const entries: Record<string, ServerEntryText> = {};
  for (const server of added) {
    const references: string[] = [];
    for (const { name, value } of server.secrets) {
      const { reference, place } = await ports.keepSecret(name, value);
      references.push(reference);
      kept.set(name, place);
    }
    entries[server.name] = entryText(server, references);
  }
  return { config: await ports.writeConfig(config, ports.withServers(config, entries)), kept };
}
