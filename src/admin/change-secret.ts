import { BrokerError } from '../domain/errors.ts';
import type { SecretPlace } from '../domain/secret-place.ts';
import type { AdminContext } from './admin-context.ts';
import { assertStorable, type StoredSecret, storeSecret } from './store-secret.ts';

type Recorder = Pick<AdminContext, 'admission' | 'actor'>;

/**
 * Stores a secret under a name, in the place of any before it. The event names the secret and is
 * recorded first: no record, no change.
 *
 * @throws BrokerError as `storeSecret`; `ERR_NOT_COMMITTED` or `ERR_STORE_*` when it cannot be recorded.
 */
export async function setSecret(
  { admission, actor }: Recorder,
  place: SecretPlace,
  name: string,
  value: string,
  options: { readonly inFile: boolean },
): Promise<StoredSecret> {
  assertStorable(name, value);
  await admission.record({ code: 'TG6003', actor, detail: { secret: name } });
  return storeSecret(place, name, value, { replaces: true, inFile: options.inFile });
}

/** Where a secret was. */
export interface RemovedSecret {
  readonly fromKeychain: boolean;
  readonly fromFile: boolean;
  /** Why the keychain could not be asked; absent when it was. */
  readonly whyNoKeychain?: string;
}

/**
 * Removes a secret from keychain and file. What refers to it can no longer be resolved.
 *
 * @throws BrokerError `ERR_NOT_FOUND` where neither holds it; `ERR_USAGE`, `ERR_STATE_UNSAFE`,
 * `ERR_NOT_COMMITTED`, `ERR_STORE_*`.
 */
export async function removeSecret(
  { admission, actor }: Recorder,
  { keychain, files }: SecretPlace,
  name: string,
): Promise<RemovedSecret> {
  // Also refuses a name no secret can have.
  files.pathOf(name);
  await admission.record({ code: 'TG6004', actor, detail: { secret: name } });
  const asked = keychain.remove(name);
  const removed = { fromKeychain: asked.ok && asked.value, fromFile: files.remove(name) };
  if (removed.fromKeychain || removed.fromFile) {
    return asked.ok ? removed : { ...removed, whyNoKeychain: asked.why };
  }
  if (!asked.ok) {
    throw new BrokerError('ERR_STORE_FAILED', `the keychain cannot be asked: ${asked.why}`, {
      hint: `there is no file ${files.pathOf(name)} either`,
    });
  }
  throw new BrokerError('ERR_NOT_FOUND', `no secret ${name}`, {
    hint: 'see `toolgrant secret list`',
  });
}

/** One secret, for a list. */
export interface ListedSecret {
  readonly name: string;
  /** `null`: the keychain could not be asked. */
  readonly inKeychain: boolean | null;
  /** Absolute path of the file that holds it. */
  readonly file?: string;
  /** Keys of the configuration that refer to the keychain for it. */
  readonly usedBy: readonly string[];
}

/** Names of secrets, sorted: those that have a file, and those the configuration takes from the keychain. */
export function listSecrets(
  { keychain, files }: SecretPlace,
  references: readonly { readonly name: string; readonly key: string }[],
): { readonly secrets: readonly ListedSecret[]; readonly whyNoKeychain?: string } {
  const inFile = new Set(files.names());
  const names = [...new Set([...inFile, ...references.map(({ name }) => name)])].sort();
  if (names.length === 0) return { secrets: [] };
  const asked = keychain.has(names);
  const secrets = names.map((name) => ({
    name,
    inKeychain: asked.ok ? asked.value.has(name) : null,
    ...(inFile.has(name) ? { file: files.pathOf(name) } : {}),
    usedBy: references.filter((one) => one.name === name).map(({ key }) => key),
  }));
  return asked.ok ? { secrets } : { secrets, whyNoKeychain: asked.why };
}
