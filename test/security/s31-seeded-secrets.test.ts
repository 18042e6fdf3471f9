import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import type { Served } from '../support/live/processes.ts';

const TELLER = fileURLToPath(new URL('../support/tool-servers/teller.mjs', import.meta.url));

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
const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const HEX = '0123456789abcdef';

/** Secrets as those who hand them out write them: what scanners of repositories look for. */
const FORMS: readonly ((seed: string) => string)[] = [
  (seed) => `AKIA${letters(UPPER, 16, seed)}`,
  (seed) => letters(`${ALNUM}/+`, 40, seed),
  (seed) => `ghp_${letters(ALNUM, 36, seed)}`,
  (seed) => `gho_${letters(ALNUM, 36, seed)}`,
  (seed) => `github_pat_${letters(ALNUM, 22, seed)}_${letters(ALNUM, 59, seed)}`,
  (seed) => `glpat-${letters(ALNUM, 20, seed)}`,
  (seed) => `npm_${letters(ALNUM, 36, seed)}`,
  (seed) => `xoxb-${letters('0123456789', 12, seed)}-${letters(ALNUM, 24, seed)}`,
  (seed) => `xapp-1-${letters(UPPER, 10, seed)}-${letters(HEX, 48, seed)}`,
  (seed) =>
    `https://hooks.slack.com/services/T${letters(UPPER, 8, seed)}/B${letters(UPPER, 8, seed)}/${letters(ALNUM, 24, seed)}`,
  (seed) => `sk-proj-${letters(ALNUM, 48, seed)}`,
  (seed) => `sk-ant-api03-${letters(ALNUM, 80, seed)}`,
  (seed) => `SG.${letters(ALNUM, 22, seed)}.${letters(ALNUM, 43, seed)}`,
  (seed) => `shpat_${letters(HEX, 32, seed)}`,
  (seed) => `sk_live_${letters(ALNUM, 24, seed)}`,
  (seed) => `lin_api_${letters(ALNUM, 40, seed)}`,
  (seed) => `hf_${letters(ALNUM, 34, seed)}`,
  (seed) => `glsa_${letters(ALNUM, 32, seed)}_${letters(HEX, 8, seed)}`,
  (seed) => `AIza${letters(ALNUM, 35, seed)}`,
  (seed) => `dckr_pat_${letters(ALNUM, 27, seed)}`,
  (seed) => `hvs.${letters(ALNUM, 90, seed)}`,
  (seed) => `ops_${letters(ALNUM, 120, seed)}`,
  (seed) => `eyJhbGciOiJIUzI1NiJ9.${letters(ALNUM, 60, seed)}.${letters(ALNUM, 43, seed)}`,
  (seed) =>
    `-----BEGIN PRIVATE KEY-----\n${letters(ALNUM, 64, seed)}\n${letters(ALNUM, 64, `${seed}b`)}\n-----END PRIVATE KEY-----`,
  (seed) => letters(HEX, 40, seed),
];

/** Where a model puts one. The last two are told by what stands beside them: it may be any word. */
const PLACES: readonly ((secret: string) => object)[] = [
  (secret) => ({ nonce: secret }),
  (secret) => ({ nonce: `please use ${secret} for this`, deep: [{ value: [secret] }] }),
  (secret) => ({ nonce: '', password: secret, headers: { Authorization: `Bearer ${secret}` } }),
  (secret) => ({
    nonce: '',
    [secret]: 1,
    url: `https://user:${encodeURIComponent(secret)}@x.example/`,
  }),
];

/** A hundredth of the promise: every form at every place. */
const SECRETS = FORMS.flatMap((form, kind) =>
  PLACES.map((place, where) => ({ secret: form(`${kind}/${where}`), place })),
);
/** Words no detector knows, where only a name or the configuration tells. */
const PLAIN = Array.from({ length: 20 }, (_, at) => `plain secret number ${at} of a person`);
const PINS = Array.from({ length: 20 }, (_, at) => 73_201_900 + at * 7);

let at: Home;
let served: Served;
const printed: string[] = [];

/** Parts that tell a secret: no long one is there in pieces either. */
const tells = (secret: string): readonly string[] =>
  secret
    .split(/[\s/.]+|-----[A-Z ]+-----/)
    .filter((part) => part.length >= 16 && !/^(eyJhbGciOiJIUzI1NiJ9|hooks|services)$/.test(part));

const found = (text: string): readonly string[] => [
  ...SECRETS.map(({ secret }) => secret).filter((secret) =>
    tells(secret).some((part) => text.includes(part)),
  ),
  ...PLAIN.filter((secret) => text.includes(secret)),
  ...PINS.map(String).filter((pin) => text.includes(pin)),
];

beforeAll(async () => {
  at = new Home({
    grants: { 'alice.yaml': grantText('alice', 'alice', ["permit: '*/*'"]) },
    servers: ({ dir }) => ({
      one: {
        command: process.execPath,
        args: [TELLER, join(dir, 'one.record')],
        env: Object.fromEntries(
          SECRETS.slice(0, 20).map(({ secret }, n) => [`KEY_${n}`, secret.replaceAll('\n', '')]),
        ),
      },
    }),
  });
  await at.applyGrants();
  const { token } = await at.open('alice');
  served = await at.serve({
    options: ['--log-level', 'debug'],
    env: Object.fromEntries(PLAIN.map((secret, n) => [`PLAIN_${n}`, secret])),
  });
  const client = new HttpClient(served.port, token);
  const call = (id: string, args: object, name = 'one__echo') =>
    client.ask({ id, method: 'tools/call', params: { name, arguments: args } });
  for (const [n, { secret, place }] of SECRETS.entries()) await call(`s${n}`, place(secret));
  for (const [n, secret] of PLAIN.entries()) {
    await call(`p${n}`, { nonce: '', [n % 2 === 0 ? 'api_key' : 'DB_PASSWORD']: secret });
    await call(`q${n}`, { nonce: '', pin: PINS[n], otp: [PINS[n]] });
  }
  await call('ungranted', { token: PLAIN[0] }, 'two__echo');
  for (const { secret } of SECRETS.slice(0, 25)) {
    await fetch(`http://127.0.0.1:${served.port}/mcp`, {
      method: 'POST',
      headers: { 'X-Api-Key': secret.replaceAll('\n', ''), Authorization: `Bearer ${token}x` },
      body: '{}',
    }).then((response) => response.text());
  }
  client.close();
  for (const words of [['query', '--limit', '9999'], ['tail', '-n', '500'], ['stats']]) {
    const ran = await at.run(['audit', ...words, '--json']);
    printed.push(ran.stdout, ran.stderr);
  }
  printed.push((await at.run(['audit', 'query', '--limit', '9999'])).stdout);
}, 60_000);
afterAll(() => at.remove());

describe('S31 seeded secrets', () => {
  it('would be found, each of them', () => {
    const bare = SECRETS.map(({ secret }) => secret);
    expect(found([...bare, ...PLAIN, ...PINS].join('\n'))).toEqual([
      ...bare,
      ...PLAIN,
      ...PINS.map(String),
    ]);
  });

  it('stay out of the log while every call is in it, by a digest that only this state can make', async () => {
    const events = await at.events();
    const calls = events.filter(({ code }) => code === 'TG1001');
    expect(calls).toHaveLength(SECRETS.length + 2 * PLAIN.length);
    expect(calls.every(({ argsHmac, args }) => argsHmac !== undefined && args !== undefined)).toBe(
      true,
    );
    const hashes = PINS.map((pin) =>
      createHash('sha256')
        .update(JSON.stringify({ nonce: '', otp: [pin], pin }))
        .digest('hex'),
    );
    expect(hashes.filter((hash) => JSON.stringify(events).includes(hash))).toEqual([]);
    expect(found(JSON.stringify(events))).toEqual([]);
  });

  it('stay out of what the command line prints', () => {
    expect(printed[0]).toContain('TG1002');
    expect(found(printed.join('\n'))).toEqual([]);
  });

  it('stay out of every log line, file and page of the state', async () => {
    const { stdout, stderr } = await served.end('SIGTERM');
    expect(found(stdout + stderr)).toEqual([]);
    const state = join(at.dir, '.toolgrant');
    const files = readdirSync(state, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name));
    expect(files.some((file) => file.endsWith('toolgrant.db'))).toBe(true);
    for (const file of files)
      expect([file, found(readFileSync(file, 'latin1'))]).toEqual([file, []]);
  });
});
