import type { ToolServerSpec } from '../dispatch/tool-server.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Keychain } from '../domain/secret-place.ts';
import type { Environment } from './clean-environment.ts';
import { serverEntrySchema } from './config-schema.ts';
import { createKeychainLookUp, keychainReferences } from './keychain-values.ts';
import { readServerSpecs } from './server-specs.ts';

/** What entries are resolved against. */
export interface ComparedIn {
  /** Absolute. */
  readonly configDir: string;
  readonly env: Environment;
  readonly keychain: Keychain;
  readonly platform?: string;
}

/**
 * Whether two entries start or reach the same, with the same credentials: their references resolved,
 * where the process stands aside.
 *
 * Attack: two accounts of one service look alike once their tokens are references. Taken for each other, a client would
 * act as somebody else.
 *
 * @returns `undefined` when one of them cannot be resolved.
 */
export function isSameServer(one: object, other: object, where: ComparedIn): boolean | undefined {
  const specs = [specOf(one, where), specOf(other, where)];
  if (specs.includes(undefined)) return undefined;
  return JSON.stringify(specs[0]) === JSON.stringify(specs[1]);
}

function specOf(given: object, { configDir, env, keychain, platform }: ComparedIn) {
  const parsed = serverEntrySchema.safeParse({ ...given, disabled: false, enabled: true });
  if (!parsed.success) return undefined;
  const { toolgrant: _ours, ...entry } = parsed.data;
  const servers = { s: entry };
  const context = {
    env,
    configDir,
    platform: platform ?? process.platform,
    secrets: new Set<string>(),
    warnings: [],
    keychain: createKeychainLookUp(keychain, keychainReferences(servers)),
  };
  try {
    const [spec] = readServerSpecs(servers, context);
    return spec === undefined ? undefined : essence(spec);
  } catch (error) {
    if (error instanceof BrokerError) return undefined;
    throw error;
  }
}

function essence(spec: ToolServerSpec) {
  if (spec.kind === 'http') return { url: spec.url, headers: sorted(spec.headers) };
  return { command: spec.command, args: spec.args, env: sorted(spec.env) };
}

const sorted = (record: Readonly<Record<string, string>>) =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
