import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditEvent } from '../../../src/domain/event.ts';
import { SECRET_FORMS, SECRET_PLACES, tellingParts } from '../secret-forms.ts';
import { grantText, Home } from './home.ts';
import { HttpClient } from './http-client.ts';

const TELLER = fileURLToPath(new URL('../tool-servers/teller.mjs', import.meta.url));

/** Words no detector knows, where only a name or the configuration tells. */
export const PLAIN = Array.from({ length: 20 }, (_, at) => `plain secret number ${at} of a person`);
/** Numbers that could be guessed. */
export const PINS = Array.from({ length: 20 }, (_, at) => 73_201_900 + at * 7);

/** Of a part, what is enough to tell it. */
const TELLING = 16;

/** What came of secrets sent through a broker: where they could have stayed. */
export interface SeededSecrets {
  readonly secrets: readonly string[];
  readonly events: readonly AuditEvent[];
  /** What the command line printed. */
  readonly printed: readonly string[];
  /** Both outputs of `serve`. */
  readonly logged: string;
  /** Every file of the state, by its path, byte by byte, while it is served and after. */
  readonly files: ReadonlyMap<string, string>;
  /** Secrets of which a telling part stands in a text. */
  found(text: string): readonly string[];
  remove(): Promise<void>;
}

/**
 * Sends so many secrets through arguments, results, headers and environments, every form at every place
 * in turn, and the plain words and numbers where a name tells them.
 */
export async function seedSecrets(count: number): Promise<SeededSecrets> {
  const kinds = SECRET_FORMS.length * SECRET_PLACES.length;
  const seeded = Array.from({ length: count }, (_, n) => {
    const [kind, where] = [n % SECRET_FORMS.length, Math.floor(n / SECRET_FORMS.length)];
    const place = SECRET_PLACES[where % SECRET_PLACES.length] as (secret: string) => object;
    const form = SECRET_FORMS[kind] as (seed: string) => string;
    return {
      secret: form(`${kind}/${where % SECRET_PLACES.length}/${Math.floor(n / kinds)}`),
      place,
    };
  });
  const secrets = seeded.map(({ secret }) => secret);
  const at = new Home({
    grants: { 'alice.yaml': grantText('alice', 'alice', ["permit: '*/*'"]) },
    servers: ({ dir }) => ({
      one: {
        command: process.execPath,
        args: [TELLER, join(dir, 'one.record')],
        env: Object.fromEntries(
          secrets.slice(0, 20).map((secret, n) => [`KEY_${n}`, secret.replaceAll('\n', '')]),
        ),
      },
    }),
  });
  await at.applyGrants();
  const { token } = await at.open('alice');
  const served = await at.serve({
    options: ['--log-level', 'debug'],
    env: Object.fromEntries(PLAIN.map((secret, n) => [`PLAIN_${n}`, secret])),
  });
  const client = new HttpClient(served.port, token);
  const call = (id: string, args: object, name = 'one__echo') =>
    client.ask({ id, method: 'tools/call', params: { name, arguments: args } });
  for (const [n, { secret, place }] of seeded.entries()) await call(`s${n}`, place(secret));
  for (const [n, secret] of PLAIN.entries()) {
    await call(`p${n}`, { nonce: '', [n % 2 === 0 ? 'api_key' : 'DB_PASSWORD']: secret });
    await call(`q${n}`, { nonce: '', pin: PINS[n], otp: [PINS[n]] });
  }
  await call('ungranted', { token: PLAIN[0] }, 'two__echo');
  for (const secret of secrets.slice(0, SECRET_FORMS.length)) {
    await fetch(`http://127.0.0.1:${served.port}/mcp`, {
      method: 'POST',
      headers: { 'X-Api-Key': secret.replaceAll('\n', ''), Authorization: `Bearer ${token}x` },
      body: '{}',
    }).then((response) => response.text());
  }
  client.close();
  const printed: string[] = [];
  for (const words of [['query', '--limit', '99999'], ['tail', '-n', '500'], ['stats']]) {
    const ran = await at.run(['audit', ...words, '--json']);
    printed.push(ran.stdout, ran.stderr);
  }
  printed.push((await at.run(['audit', 'query', '--limit', '99999'])).stdout);
  const events = await at.events('--limit', '99999');
  const state = join(at.dir, '.toolgrant');
  // While it serves, with what is in the write-ahead log, and when it has ended.
  const during = filesIn(state).map(([file, text]) => [`${file}, served`, text] as const);
  const { stdout, stderr } = await served.end('SIGTERM');
  return {
    secrets,
    events,
    printed,
    logged: stdout + stderr,
    files: new Map([...during, ...filesIn(state)]),
    found: finder(secrets),
    remove: () => at.remove(),
  };
}

const filesIn = (folder: string): readonly (readonly [file: string, text: string])[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .map((file) => [file, readFileSync(file, 'latin1')]);

/** Looks for all at once: a text of many megabytes is gone through once. */
function finder(secrets: readonly string[]): (text: string) => readonly string[] {
  const telling = new Map<string, string>();
  for (const secret of secrets) {
    for (const part of tellingParts(secret)) telling.set(part.slice(0, TELLING), secret);
  }
  const plain = [...PLAIN, ...PINS.map(String)];
  return (text) => {
    const found = new Set(plain.filter((secret) => text.includes(secret)));
    for (let at = 0; at + TELLING <= text.length; at += 1) {
      const secret = telling.get(text.slice(at, at + TELLING));
      if (secret !== undefined) found.add(secret);
    }
    return [...found];
  };
}
