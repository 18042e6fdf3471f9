import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, legacy, listen, type TestHttpServer } from '../mcp-client/http-server.ts';
import { grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import type { Served } from '../support/live/processes.ts';
import { callOf } from '../support/live/race.ts';
import type { StdioClient } from '../support/live/stdio-client.ts';
import { SERVERS } from '../support/tool-servers/harness.ts';

const TELLER = fileURLToPath(new URL('../support/tool-servers/teller.mjs', import.meta.url));
const canary = (name: string): string => `${name}+${randomBytes(18).toString('base64')}/&`;
/** One per tool server, by the server's name. */
const CREDENTIALS: Readonly<Record<string, string>> = Object.fromEntries(
  ['one', 'two', 'everything', 'near', 'far'].map((name) => [name, canary(name)]),
);
/** In the broker's own environment, named by no entry. */
const SURROUNDINGS = canary('surroundings');
const SAFE_NAMES = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'];

const record = (name: string): string => join(at.dir, `${name}.record`);
const reference = (name: string): string => ['$', `{file:./${name}.secret}`].join('');

let at: Home;
let https: Readonly<Record<string, TestHttpServer>>;
let served: Served;
let stdio: StdioClient;
/** By client: what each presents. */
const tokens: Record<string, string> = {};
/** Everything clients and the person were answered. */
const answers: string[] = [];
/** What was seen of running processes: arguments of all, environments of tool servers. */
const words: string[] = [];
const environments: Record<string, string> = {};

/** A tool server over HTTP that fails with all the headers it got. */
const echoingServer = () =>
  listen(
    legacy(({ message, headers }, response) => {
      const { id, params } = message as { id: number; params: { arguments: { fails?: boolean } } };
      if (params.arguments.fails === true) {
        const error = { code: -31000, message: JSON.stringify(headers), data: headers };
        json(response, { jsonrpc: '2.0', id, error });
      } else json(response, { jsonrpc: '2.0', id, result: { content: [], headers } });
    }),
  );

beforeAll(async () => {
  https = { near: await echoingServer(), far: await echoingServer() };
  at = new Home({
    grants: {
      'alice.yaml': grantText('alice', 'alice', ["permit: '*/*'"]),
      'bob.yaml': grantText('bob', 'bob', ["permit: '*/*'"]),
    },
    servers: ({ dir }) => {
      for (const [name, secret] of Object.entries(CREDENTIALS)) {
        writeFileSync(join(dir, `${name}.secret`), secret, { mode: 0o600 });
      }
      const local = (name: string, args: readonly string[]) => ({
        command: process.execPath,
        args,
        env: { API_TOKEN: reference(name), PLAIN: `plain value of ${name}` },
      });
      const remote = (name: string) => ({
        type: 'http',
        url: https[name]?.url,
        headers: { Authorization: `Bearer ${reference(name)}`, 'X-Api-Key': reference(name) },
      });
      return {
        one: local('one', [TELLER, join(dir, 'one.record')]),
        two: local('two', [TELLER, join(dir, 'two.record')]),
        everything: local('everything', [SERVERS.everything, 'stdio']),
        near: remote('near'),
        far: remote('far'),
      };
    },
  });
  await at.applyGrants();
  await at.run(['connect', 'claude-code', '--subject', 'alice', '--print']);
  for (const name of ['alice', 'bob', 'stdio']) {
    tokens[name] = (await at.open(name === 'bob' ? 'bob' : 'alice')).token;
  }
  served = await at.serve({
    options: ['--log-level', 'debug'],
    env: { CANARY: SURROUNDINGS, AWS_SECRET_ACCESS_KEY: SURROUNDINGS },
  });
  stdio = at.stdio(tokens.stdio, ['--log-level', 'debug']);
  await askEverything();
  look();
}, 60_000);
afterAll(async () => {
  await at.remove();
  await Promise.all(Object.values(https).map((server) => server.close()));
});

async function askEverything(): Promise<void> {
  const alice = new HttpClient(served.port, tokens.alice ?? '');
  const bob = new HttpClient(served.port, tokens.bob ?? '');
  for (const [n, client] of [alice, bob, stdio].entries()) {
    const ask = async (id: string, message: object): Promise<void> => {
      answers.push(JSON.stringify(await client.ask({ id: `${n}-${id}`, ...message })));
    };
    await ask('l', { method: 'tools/list' });
    for (const tool of [
      'one__echo',
      'one__tell',
      'two__echo',
      'two__tell',
      'everything__get-env',
    ]) {
      await ask(tool, callOf('', tool));
    }
    for (const name of ['near', 'far']) {
      await ask(name, callOf('', `${name}__echo`));
      await ask(`${name} fails`, callOf('', `${name}__echo`, { fails: true }));
    }
    await ask('none', callOf('', 'one__none'));
  }
  answers.push(await tokenEverywhere(tokens.bob ?? ''));
  alice.close();
  bob.close();
}

/** A call with the client's token wherever a client might put it, besides where it belongs. */
function tokenEverywhere(token: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${token}`,
      Cookie: `token=${token}`,
      'Proxy-Authorization': `Bearer ${token}`,
      'X-Api-Key': token,
      'X-Forwarded-Access-Token': token,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
    };
    const path = `/mcp?access_token=${token}`;
    const sent = request(
      { host: '127.0.0.1', port: served.port, method: 'POST', path, headers },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          body += part;
        });
        response.on('end', () => resolve(body));
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ jsonrpc: '2.0', ...callOf('', 'near__echo') }));
  });
}

/** While everything runs: argv of every process of the machine, environments of the tool servers. */
function look(): void {
  if (process.platform !== 'linux') return;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      words.push(argv);
      const name = ['one', 'two'].find((one) => argv.includes(record(one)));
      if (name !== undefined) environments[name] = readFileSync(`/proc/${pid}/environ`, 'utf8');
    } catch {
      // Ended while it was looked at.
    }
  }
}

/** Every form in which a secret is recognised: as it is, base64 at any offset of three, percent. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((skip) => bytes.subarray(skip).toString('base64').slice(0, -4));
  const url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [secret, ...base64, ...url, encodeURIComponent(secret)];
}
const found = (text: string, secrets: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(secrets)
    .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([name]) => name);
/** A token is known by its signature alone, too. */
const clientSecrets = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tokens).flatMap(([name, token]) => [
      [name, token],
      [`${name}'s signature`, token.split('.')[2] ?? ''],
    ]),
  );
const all = (): Record<string, string> => ({
  ...clientSecrets(),
  ...CREDENTIALS,
  surroundings: SURROUNDINGS,
});

describe('S2 secrets stay on their side', () => {
  it.each(['one', 'two'])('stdio server %s got its own credential and no other secret', (name) => {
    const got = readFileSync(record(name), 'utf8');
    expect(got).toContain('"method":"tools/call"');
    expect(found(got, all())).toEqual([name]);
    const { env, argv } = JSON.parse(got.slice(0, got.indexOf('\n')));
    expect(
      Object.keys(env)
        .filter((key) => !SAFE_NAMES.includes(key))
        .sort(),
    ).toEqual(['API_TOKEN', 'PLAIN']);
    expect(found(argv.join(' '), all())).toEqual([]);
  });

  it.each(['near', 'far'])('http server %s got its own credential and no other secret', (name) => {
    const seen = https[name]?.seen ?? [];
    expect(seen.filter(({ message }) => message.method === 'tools/call').length).toBeGreaterThan(5);
    expect(found(JSON.stringify(seen), all())).toEqual([name]);
    for (const { headers } of seen) expect(headers).not.toHaveProperty('cookie');
  });

  it('shows of a tool server’s environment what its entry names and the safe list, scrubbed', () => {
    const shown = answers.filter((text) => text.includes('plain value of everything'));
    expect(shown).toHaveLength(3);
    for (const text of shown) {
      const [{ text: inner }] = JSON.parse(text).result.content;
      const env = JSON.parse(inner.slice(inner.indexOf('{'))) as Record<string, string>;
      expect(env.API_TOKEN).toBe('[redacted:known]');
      const more = Object.keys(env).filter((key) => !SAFE_NAMES.includes(key));
      expect(more.sort()).toEqual(['API_TOKEN', 'PLAIN']);
    }
  });

  it('answers clients without any secret, in results and errors', () => {
    expect(answers).toHaveLength(3 * 11 + 1);
    expect(answers.filter((text) => text.includes('-31000')).length).toBe(3 * 4);
    expect(found(answers.join('\n'), all())).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('is started by words that hold none', () => {
    expect(words.filter((argv) => argv.includes(at.dir)).length).toBeGreaterThan(4);
    expect(found(words.join('\n'), all())).toEqual([]);
    expect(Object.keys(environments).sort()).toEqual(['one', 'two']);
    for (const [name, environ] of Object.entries(environments)) {
      expect(found(environ, all())).toEqual([name]);
    }
  });

  it('logs none of them, at the level of a debugger', async () => {
    const ended = [await stdio.leave(), await served.end('SIGTERM')];
    for (const { code, stdout, stderr } of ended) {
      expect(code).toBe(0);
      // The tool server's own words are there, without its secret.
      expect(stderr).toContain('plain value of one');
      expect(found(stdout + stderr, all())).toEqual([]);
    }
  });

  it('records and stores none of them: no event, page, write-ahead log or other file', async () => {
    const events = JSON.stringify(await at.events());
    expect(events).toContain('TG1002');
    expect(found(events, all())).toEqual([]);
    const state = join(at.dir, '.toolgrant');
    const files = readdirSync(state, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name));
    expect(files.map((path) => path.slice(state.length + 1))).toEqual(
      expect.arrayContaining(['toolgrant.db', 'toolgrant.db-wal', 'profiles/claude-code.json']),
    );
    for (const path of files) expect(found(readFileSync(path, 'latin1'), all()), path).toEqual([]);
  });
});
