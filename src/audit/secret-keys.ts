const PARTS = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'token',
  'apikey',
  'accesskey',
  'privatekey',
  'signingkey',
  'encryptionkey',
  'authkey',
  'sshkey',
  'authorization',
  'authentication',
  'cookie',
  'credential',
  'connectionstring',
  'sessionid',
  'clientassertion',
  'bearer',
];

const WORDS = new Set(['auth', 'pwd', 'pass', 'otp', 'totp', 'pin', 'jwt', 'dsn', 'mfa', 'cvv']);

/** Most names have nothing of either in them. */
const ANY = new RegExp([...PARTS, ...WORDS].join('|'));

/**
 * Whether a member's name says that its value is a secret: `apiKey`, `X-Auth`, `db_password`. Case
 * and separators do not matter. Errs towards yes (`max_tokens`).
 */
export function isSecretKey(key: string): boolean {
  const name = key.slice(0, 256);
  const joined = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (!ANY.test(joined)) return false;
  if (PARTS.some((part) => joined.includes(part))) return true;
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return words.split(/[^a-z0-9]+/).some((word) => WORDS.has(word));
}
