import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BrokerError } from '../domain/errors.ts';
import type { Profile, ProfileStore } from '../session/profile-store.ts';
import { createStateDir } from './create-state-dir.ts';
import {
  corrupt,
  ensurePrivateFolder,
  type PrivateFileOptions,
  readPrivateFile,
  replacePrivateFile,
} from './private-file.ts';

/** Also keeps a name from leaving the folder. */
const NAME = /^[a-z0-9][a-z0-9-]{0,47}$/;

/**
 * Opens the profiles of a state directory, `profiles/<name>.json`, each written whole or not at all.
 * A name no profile can have finds nothing.
 *
 * Methods throw BrokerError `ERR_STATE_UNSAFE`, `ERR_STORE_CORRUPT`, `ERR_STORE_FAILED`.
 */
export function openProfileStore(options: PrivateFileOptions): ProfileStore {
  const { stateDir, uid, entropy } = options;
  const folder = join(stateDir, 'profiles');

  const read = (name: string): Profile | undefined => {
    const path = join(folder, `${name}.json`);
    const bytes = readPrivateFile(path, uid);
    if (bytes === undefined) return undefined;
    const profile = parseProfile(bytes.toString('utf8'));
    if (profile?.name !== name) throw corrupt(path);
    return profile;
  };

  return {
    async find(name) {
      return NAME.test(name) ? read(name) : undefined;
    },
    async list() {
      const names = namesIn(folder).sort();
      return names.flatMap((name) => read(name) ?? []);
    },
    async put(profile) {
      if (!NAME.test(profile.name)) {
        throw new BrokerError('ERR_USAGE', 'not a name a profile can have', {
          hint: 'lower case letters, digits and -, at most 48',
        });
      }
      createStateDir(options);
      ensurePrivateFolder(folder, uid);
      const { name, subject, createdAt, revokedAt, isInteractive } = profile;
      const kept = { name, subject, createdAt, revokedAt, isInteractive };
      const text = JSON.stringify(kept, undefined, 2);
      replacePrivateFile(join(folder, `${name}.json`), `${text}\n`, entropy);
    },
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .filter((name) => NAME.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw corrupt(folder);
  }
}

function parseProfile(text: string): Profile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, subject, createdAt, revokedAt, isInteractive } = value as Record<string, unknown>;
  if (typeof name !== 'string' || typeof subject !== 'string' || subject === '') return undefined;
  if (typeof createdAt !== 'number' || !Number.isFinite(createdAt)) return undefined;
  // Anything but `true` there is no word of an admin's.
  const plain: Profile = {
    name,
    subject,
    createdAt,
    ...(isInteractive === true ? { isInteractive: true } : {}),
  };
  if (revokedAt === undefined) return plain;
  // Anything else there means revoked by a hand that wrote it badly: not a profile, rather than a live one.
  if (typeof revokedAt !== 'number' || !Number.isFinite(revokedAt)) return undefined;
  return { ...plain, revokedAt };
}
