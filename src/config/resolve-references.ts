import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { isSecretName } from '../domain/secret-place.ts';
import { type Environment, inheritedNames } from './clean-environment.ts';
import { configError } from './config-error.ts';
import type { KeychainLookUp } from './keychain-values.ts';

const MAX_SECRET_FILE_BYTES = 65_536;
/** Shorter values would scrub half of every answer. */
const MIN_SECRET_CHARS = 6;

/** What references are resolved against, and where the values they yield are remembered. */
export interface ReferenceContext {
  readonly env: Environment;
  /** Relative `file:` paths start here. Absolute. */
  readonly configDir: string;
  readonly platform: string;
  /** Values that came from references, to be scrubbed from whatever leaves the broker. */
  readonly secrets: Set<string>;
  readonly keychain: KeychainLookUp;
}

/**
 * Remembers a value as secret, unless it is too short to be told from ordinary text, or names a file
 * or folder that exists: paths belong into results, and scrubbing them would break tools.
 */
export function noteSecret(secrets: Set<string>, value: string): void {
  if (value.length < MIN_SECRET_CHARS) return;
  if (isAbsolute(value) && existsSync(value)) return;
  secrets.add(value);
}

/**
 * Replaces every reference in a text: `${NAME}`, `${env:NAME}`, `${NAME:-default}`, `${file:/path}`,
 * `${keychain:NAME}`.
 * There is no escape: `${` always starts a reference. A variable that is set but empty counts as not
 * set, so that a forgotten secret never becomes an empty one.
 *
 * @param key where the text stands, such as `mcpServers.github.headers.Authorization`.
 * @throws BrokerError `ERR_CONFIG` naming key and reference, never a value.
 */
export function resolveReferences(text: string, key: string, context: ReferenceContext): string {
  let resolved = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf('${', from);
    if (start === -1) return resolved + text.slice(from);
    const end = text.indexOf('}', start);
    if (end === -1) throw configError(`${key}: a reference is not closed with }`);
    resolved += text.slice(from, start) + resolveOne(text.slice(start + 2, end), key, context);
    from = end + 1;
  }
}

const REFERENCE = /^(?:env:)?(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?<fallback>[\s\S]*))?$/;

function resolveOne(reference: string, key: string, context: ReferenceContext): string {
  if (reference.startsWith('file:')) return readSecretFile(reference.slice(5), key, context);
  if (reference.startsWith('keychain:')) {
    return readKeychain(reference.slice(9), key, context);
  }
  const groups = REFERENCE.exec(reference)?.groups;
  const name = groups?.name;
  if (name === undefined) {
    const [shown = ''] = reference.split(':-');
    throw configError(
      `${key}: a reference that is not known: ${JSON.stringify(shown.slice(0, 48))}`,
      'known are NAME, env:NAME, NAME:-default, file:/path and keychain:NAME',
    );
  }
  const value = Object.hasOwn(context.env, name) ? context.env[name] : undefined;
  if (value !== undefined && value !== '') {
    if (!inheritedNames(context.platform).includes(name)) noteSecret(context.secrets, value);
    return value;
  }
  const fallback = groups?.fallback;
  if (fallback !== undefined) return fallback;
  throw configError(
    `${key}: ${name} is not set`,
    `set ${name} in the environment the broker is started with, or give a default: ${name}:-default`,
  );
}

function readKeychain(name: string, key: string, context: ReferenceContext): string {
  if (!isSecretName(name)) {
    throw configError(
      `${key}: keychain:${name.slice(0, 48)} is not a name a secret can have`,
      'letters, digits, _ . and -, at most 64',
    );
  }
  const found = context.keychain(name);
  if (!found.ok) {
    throw configError(
      `${key}: keychain:${name} cannot be read: ${found.why}`,
      `unlock the keychain and try again, or keep the secret in a file: \`toolgrant secret set ${name} --file\` prints the reference to write instead`,
    );
  }
  if (found.value === undefined || found.value === '') {
    throw configError(
      `${key}: the keychain holds no ${name}`,
      `store it: \`toolgrant secret set ${name}\``,
    );
  }
  noteSecret(context.secrets, found.value);
  return found.value;
}

function readSecretFile(named: string, key: string, context: ReferenceContext): string {
  const path = isAbsolute(named) ? named : resolve(context.configDir, named);
  let text: string;
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MAX_SECRET_FILE_BYTES) {
      throw configError(
        `${key}: file:${named} is not a file of at most ${MAX_SECRET_FILE_BYTES} bytes`,
      );
    }
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ERR_CONFIG') throw error;
    throw configError(`${key}: file:${named} cannot be read: ${code}`);
  }
  if (text === '') throw configError(`${key}: file:${named} is empty`);
  noteSecret(context.secrets, text);
  return text;
}
