import { BrokerError } from '../domain/errors.ts';
import { isSecretName, type SecretPlace } from '../domain/secret-place.ts';

/** Bytes of a secret: what a reference to a file accepts. */
export const MAX_SECRET_BYTES = 65_535;

/** Where a secret was stored. */
export interface StoredSecret {
  /** What stands for it in the configuration: `${keychain:NAME}` or `${file:/abs/path}`. */
  readonly reference: string;
  readonly place: 'keychain' | 'file';
  /** Why not the keychain; absent when it is there, or was not asked. */
  readonly whyNoKeychain?: string;
}

/** How a secret is stored. */
export interface StoreSecretOptions {
  /** In the place of another value of the name; otherwise that is an error. */
  readonly replaces?: boolean;
  /** A file, without asking the keychain. */
  readonly inFile?: boolean;
}

/**
 * Stores a secret: in the keychain where that works, otherwise in a file of its own, 0600 in
 * `secrets/` beside the configuration. A name that is held already is replaced where it is held, so
 * that what refers to it still does.
 *
 * The same name with the same value is stored once.
 *
 * @throws BrokerError `ERR_USAGE` for a name or value no secret can have, or a name that is taken by
 * another value; `ERR_STATE_UNSAFE`, `ERR_STORE_FAILED`. Never with the value.
 */
export function storeSecret(
  { keychain, files }: SecretPlace,
  name: string,
  value: string,
  options: StoreSecretOptions = {},
): StoredSecret {
  assertStorable(name, value);
  const asked = options.inFile === true ? undefined : keychain.read([name]);
  const inKeychain = asked?.ok === true ? asked.value.get(name) : undefined;
  const inFile = files.read(name);
  const isTaken = [inKeychain, inFile].some((held) => held !== undefined && held !== value);
  if (isTaken && options.replaces !== true) {
    throw new BrokerError('ERR_USAGE', `a secret ${name} is stored already, with another value`, {
      hint: `choose another name, or replace it with \`toolgrant secret set ${name}\``,
    });
  }
  if (inFile !== undefined) files.write(name, value);
  let whyNoKeychain = asked?.ok === false ? asked.why : undefined;
  if (asked?.ok === true && (inKeychain !== undefined || inFile === undefined)) {
    const written = keychain.write(name, value);
    if (written.ok) return { reference: `\${keychain:${name}}`, place: 'keychain' };
    if (inKeychain !== undefined) {
      throw new BrokerError(
        'ERR_STORE_FAILED',
        `the keychain did not take ${name}: ${written.why}`,
      );
    }
    whyNoKeychain = written.why;
  }
  if (inFile === undefined) files.write(name, value);
  const path = files.pathOf(name);
  // `}` would end the reference early; what is relative starts at the configuration's folder.
  const named = path.includes('}') ? `secrets/${name}` : path;
  return {
    reference: `\${file:${named}}`,
    place: 'file',
    ...(whyNoKeychain === undefined ? {} : { whyNoKeychain }),
  };
}

/**
 * Refuses what no reference could give back as it was stored.
 *
 * @throws BrokerError `ERR_USAGE`, never with the value.
 */
export function assertStorable(name: string, value: string): void {
  const refuse = (message: string, hint: string) => new BrokerError('ERR_USAGE', message, { hint });
  if (!isSecretName(name)) {
    throw refuse(
      'not a name a secret can have',
      'letters, digits, _ . and -, at most 64, the first a letter, a digit or _',
    );
  }
  if (value === '') throw refuse('the secret is empty', 'nothing was stored');
  if (value.includes('\0')) throw refuse('the secret holds a NUL character', 'nothing was stored');
  if (/[\r\n]$/.test(value)) {
    throw refuse('the secret ends with a line break', 'nothing was stored');
  }
  if (Buffer.byteLength(value) > MAX_SECRET_BYTES) {
    throw refuse(`the secret is larger than ${MAX_SECRET_BYTES} bytes`, 'nothing was stored');
  }
}
