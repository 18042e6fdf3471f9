/** Nothing that could be written otherwise. */
const ASCII = /^[\0-\x7f]*$/;

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
  'securitycode',
  'recoverycode',
  'backupcode',
  'seedphrase',
  'mnemonic',
  'creditcard',
  'cardnumber',
  // German, Spanish, French, Portuguese, Russian, Chinese, Japanese: as `plain` makes them.
  'passwort',
  'kennwort',
  'contrasena',
  'motdepasse',
  'senha',
  'пароль',
  '密码',
  '密碼',
  plain('パスワード'),
];

const WORDS = new Set('auth pwd pass otp totp pin jwt dsn mfa cvv cvc cvv2 csc ssn'.split(' '));

/** A name without case, separators, accents and other ways to write the same letters. */
function plain(name: string): string {
  const lower = name.toLowerCase();
  return ASCII.test(lower)
    ? lower.replace(/[^a-z0-9]/g, '')
    : lower.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '');
}

/** Most names have nothing of either in them. */
const ANY = new RegExp([...PARTS, ...WORDS].join('|'));

/**
 * Whether a member's name says that its value is a secret: `apiKey`, `X-Auth`, `db_password`. Case
 * and separators do not matter. Errs towards yes (`max_tokens`).
 */
export function isSecretKey(key: string): boolean {
  const name = key.slice(0, 256);
  const joined = plain(name);
  if (!ANY.test(joined)) return false;
  if (PARTS.some((part) => joined.includes(part))) return true;
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return words.split(/[^a-z0-9]+/).some((word) => WORDS.has(word));
}
