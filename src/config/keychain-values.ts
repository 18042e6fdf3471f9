import type { Keychain, KeychainAnswer } from '../domain/secret-place.ts';
import type { ConfigFile } from './config-schema.ts';
import { formatKeyPath } from './key-path.ts';

/** A place in the configuration that refers to a secret by its name. */
export interface SecretReference {
  readonly name: string;
  /** Such as `mcpServers.github.env.GITHUB_TOKEN`. */
  readonly key: string;
}

/** Finds one secret of the keychain; `undefined` when it holds none of that name. */
export type KeychainLookUp = (name: string) => KeychainAnswer<string | undefined>;

/** Every `${keychain:NAME}` of the tool servers' entries, in the order of the file. */
export function keychainReferences(servers: ConfigFile['mcpServers']): readonly SecretReference[] {
  const found: SecretReference[] = [];
  const look = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value === 'string') {
      for (const [, name = ''] of value.matchAll(/\$\{keychain:([A-Za-z0-9_.-]+)\}/g)) {
        found.push({ name, key: formatKeyPath(path) });
      }
    } else if (Array.isArray(value)) {
      for (const [at, one] of value.entries()) look(one, [...path, at]);
    } else if (typeof value === 'object' && value !== null) {
      for (const [member, inner] of Object.entries(value)) look(inner, [...path, member]);
    }
  };
  look(servers, ['mcpServers']);
  return found;
}

/**
 * Looks secrets up in a keychain that is asked once for all of them, when the first is needed: each
 * question costs a process, and may cost the person a click.
 */
export function createKeychainLookUp(
  keychain: Keychain | undefined,
  references: readonly SecretReference[],
): KeychainLookUp {
  if (keychain === undefined) return () => ({ ok: false, why: 'there is none to ask' });
  const names = [...new Set(references.map(({ name }) => name))];
  let answer: KeychainAnswer<ReadonlyMap<string, string>> | undefined;
  return (name) => {
    answer ??= keychain.read(names);
    return answer.ok ? { ok: true, value: answer.value.get(name) } : answer;
  };
}
