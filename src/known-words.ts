import { readdirSync, readFileSync, statSync } from 'node:fs';
import { MAX_LOCK_BYTES, parseLock } from './catalog/lock-text.ts';
import type { KnownWords } from './cli/complete.ts';
import { openConfig } from './config/open-config.ts';
import { readConfigFile } from './config/read-config-file.ts';
import { formatToolRef } from './domain/tool-ref.ts';
import { openProfileStore } from './keystore/open-profile-store.ts';
import { openSecretFiles } from './keystore/open-secret-files.ts';

const NOTHING: KnownWords = { servers: [], tools: [], grants: [], profiles: [], secrets: [] };
const noEntropy = () => {
  throw new Error('nothing is written here');
};

/**
 * Reads words a shell may complete, from files alone: the database is not opened, nothing is written,
 * recorded or started, and no secret is read. What cannot be read is no word.
 *
 * @param explicit the value of `--config`, as typed.
 */
export async function readKnownWords(
  explicit: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<KnownWords> {
  const uid = process.getuid?.();
  try {
    const config = openConfig({ explicit, env, uid, leavesServersOut: true });
    const { stateDir, configDir, grantsDir, lockPath, keychainReferences } = config;
    const place = { uid, entropy: noEntropy };
    const profiles = await openProfileStore({ stateDir, ...place }).list();
    const files = openSecretFiles({ configDir, ...place });
    return {
      servers: Object.keys(readConfigFile(config.configPath).mcpServers),
      tools: toolsIn(lockPath),
      grants: namesIn(grantsDir),
      profiles: profiles.map(({ name }) => name),
      secrets: [...files.names(), ...keychainReferences.map(({ name }) => name)],
    };
  } catch {
    // Intentionally silent: whoever presses Tab wants words, not errors. Commands tell them.
    return NOTHING;
  }
}

function toolsIn(lockPath: string): readonly string[] {
  const seen = statSync(lockPath, { throwIfNoEntry: false });
  if (seen === undefined || !seen.isFile() || seen.size > MAX_LOCK_BYTES) return [];
  const lock = parseLock(readFileSync(lockPath, 'utf8'));
  if (!lock.ok) return [];
  return [...lock.entries].flatMap(([server, { tools }]) =>
    tools.map(({ name }) => formatToolRef({ server, tool: name })),
  );
}

/** Grants are named as their files, unless somebody chose otherwise. */
function namesIn(grantsDir: string): readonly string[] {
  const names = readdirSync(grantsDir, { withFileTypes: true });
  return names.flatMap(({ name }) => /^(.+)\.ya?ml$/.exec(name)?.[1] ?? []);
}
