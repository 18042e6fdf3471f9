import { createHash } from 'node:crypto';

/** As many letters of an alphabet as asked for, the same in each run. */
function letters(alphabet: string, length: number, seed: string): string {
  let text = '';
  for (let block = 0; text.length < length; block += 1) {
    for (const byte of createHash('sha256').update(`${seed}${block}`).digest()) {
      text += alphabet[byte % alphabet.length] ?? '';
    }
  }
  return text.slice(0, length);
}
const ALPHA = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ALNUM = `${ALPHA}0123456789`;
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const DIGITS = '0123456789';
const HEX = '0123456789abcdef';

/** A random part, and what stands around it. */
const form =
  (before: string, alphabet: string, length: number, after = '') =>
  (seed: string): string =>
    `${before}${letters(alphabet, length, seed)}${after}`;

const pem =
  (kind: string) =>
  (seed: string): string =>
    `-----BEGIN ${kind}-----\n${letters(ALNUM, 64, seed)}\n${letters(ALNUM, 64, `${seed}b`)}\n-----END ${kind}-----`;

/**
 * Secrets as those who hand them out write them: those that scanners of repositories know, each rule of
 * secretlint's recommended ones among them, and some more.
 *
 * @see https://github.com/secretlint/secretlint
 */
export const SECRET_FORMS: readonly ((seed: string) => string)[] = [
  ...['AKIA', 'ASIA', 'A3TX', 'AROA', 'ABIA'].map((start) => form(start, UPPER, 16)),
  form('', `${ALNUM}/+`, 40),
  ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((start) => form(`${start}_`, ALNUM, 36)),
  (seed) => `github_pat_${letters(ALNUM, 22, seed)}_${letters(ALNUM, 59, `${seed}b`)}`,
  form('https://', ALNUM, 40, ':x-oauth-basic@github.com/o/r.git'),
  form('glpat-', ALNUM, 20),
  form('npm_', ALNUM, 36),
  form('//registry.example/:_authToken=', ALNUM, 24),
  ...['xoxb', 'xoxp', 'xoxa', 'xoxo', 'xoxr'].map(
    (start) => (seed: string) =>
      `${start}-${letters(DIGITS, 12, seed)}-${letters(ALNUM, 24, `${seed}b`)}`,
  ),
  (seed) => `xapp-1-${letters(UPPER, 10, seed)}-${letters(HEX, 48, `${seed}b`)}`,
  (seed) =>
    `https://hooks.slack.com/services/T${letters(UPPER, 8, seed)}/B${letters(UPPER, 8, `${seed}b`)}/${letters(ALNUM, 24, `${seed}c`)}`,
  form('sk-proj-', ALNUM, 48),
  (seed) => `sk-${letters(ALNUM, 20, seed)}T3BlbkFJ${letters(ALNUM, 20, `${seed}b`)}`,
  form('sk-ant-api03-', ALNUM, 93, 'AA'),
  form('gsk_', ALNUM, 52),
  form('hf_', ALPHA, 34),
  form('ntn_', DIGITS, 46),
  form('lin_api_', ALNUM, 40),
  (seed) => `SG.${letters(ALNUM, 22, seed)}.${letters(ALNUM, 43, `${seed}b`)}`,
  ...['shpat', 'shpca', 'shppa', 'shpss'].map((start) => form(`${start}_`, HEX, 32)),
  form('sk_live_', ALNUM, 24),
  form('glc_', `${ALNUM}+/`, 80, '=='),
  (seed) => `glsa_${letters(ALNUM, 32, seed)}_${letters(HEX, 8, `${seed}b`)}`,
  form('AIza', ALNUM, 35),
  form('dckr_pat_', ALNUM, 27),
  ...['hvs', 'hvr', 'hvb'].map((start) => form(`${start}.`, ALNUM, 140)),
  form('ops_ey', ALNUM, 120, 'fQ=='),
  ...['vcp', 'vci', 'vca', 'vcr', 'vck'].map((start) => form(`${start}_`, ALNUM, 24)),
  form('dapi', HEX, 32),
  form('figd_', ALNUM, 40),
  ...['mongodb', 'mongodb+srv', 'mysql', 'jdbc:mysql', 'postgres', 'postgresql', 'ftp'].map(
    (scheme) => form(`${scheme}://admin:`, ALNUM, 20, '@db.example.com/main?ssl=1'),
  ),
  (seed) => `eyJhbGciOiJIUzI1NiJ9.${letters(ALNUM, 60, seed)}.${letters(ALNUM, 43, `${seed}b`)}`,
  ...['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'OPENSSH PRIVATE KEY'].map(pem),
  pem('PGP PRIVATE KEY BLOCK'),
  form('', HEX, 40),
];

/** Where a model puts one. The last two are told by what stands beside them: it may be any word. */
export const SECRET_PLACES: readonly ((secret: string) => object)[] = [
  (secret) => ({ nonce: secret }),
  (secret) => ({ nonce: `please use ${secret} for this`, deep: [{ value: [secret] }] }),
  (secret) => ({ nonce: '', password: secret, headers: { Authorization: `Bearer ${secret}` } }),
  (secret) => ({
    nonce: '',
    [secret]: 1,
    url: `https://user:${encodeURIComponent(secret)}@x.example/`,
  }),
];

/** Parts that tell a secret: no long one is there in pieces either. */
export const tellingParts = (secret: string): readonly string[] =>
  secret
    .split(/[\s/.:@?=_-]+|-----[A-Z ]+-----/)
    .filter((part) => part.length >= 16 && part !== 'eyJhbGciOiJIUzI1NiJ9');
