import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_SOURCES } from '../../src/authenticate/failure-tally.ts';
import { mintToken } from '../../src/authenticate/mint-token.ts';
import { newSessionId, newTokenId } from '../../src/domain/ids.ts';
import { grantText, Home } from '../support/live/home.ts';
import type { Served } from '../support/live/processes.ts';
import { RawSocket, requestBytes, withoutDate } from '../support/live/raw-socket.ts';

const HOUR = 3_600_000;

let at: Home;
let served: Served;
const tokens = new Map<string, string>();

beforeAll(async () => {
  const grants = {
    'alice.yaml': grantText('alice', 'alice'),
    'bob.yaml': grantText('bob', 'bob'),
  };
  at = new Home({ grants });
  const other = new Home();
  await Promise.all([at.applyGrants(), other.applyGrants()]);
  served = await at.serve();

  const { context } = await at.state();
  const { keys, sessions } = context;
  const good = await at.open();
  const record = sessions.find(good.id as `ses_${string}`);
  if (record === undefined) throw new Error('no session');
  const now = context.clock.now();
  const mint = (more: Partial<typeof record>, issuedAt = now) =>
    mintToken(keys, { ...record, ...more }, issuedAt);
  const revoked = await at.open();
  await at.run(['session', 'revoke', revoked.id]);

  const [head, claims, signature = ''] = good.token.split('.');
  tokens.set('nonsense', 'junk');
  tokens.set('nothing', '');
  tokens.set('longer than any', 'x'.repeat(3000));
  tokens.set('another spelling', `${good.token}=`);
  tokens.set('another signature', `${head}.${claims}.${'A'.repeat(signature.length)}`);
  tokens.set("another broker's", (await other.open()).token);
  tokens.set('a session nobody knows', await mint({ id: newSessionId(context.entropy) }));
  tokens.set(
    "another token of the session's",
    await mint({ tokenId: newTokenId(context.entropy) }),
  );
  tokens.set("another subject's", await mint({ subject: 'bob' }));
  tokens.set('a revoked session', revoked.token);
  tokens.set('an expired token', await mint({ expiresAt: now - HOUR }, now - 2 * HOUR));
  tokens.set('a token from tomorrow', await mint({ expiresAt: now + 3 * HOUR }, now + 2 * HOUR));
  await other.remove();
});
afterAll(() => at.remove());

const post = (authorization: string, path = '/mcp', method = 'tools/call'): string =>
  requestBytes(
    path,
    { Authorization: authorization, 'Content-Type': 'application/json' },
    JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { name: 's__echo', arguments: {} } }),
  );

describe('S8 tokens that cannot be used', () => {
  it('are answered with the same bytes, whatever is wrong with them and whatever is asked for', async () => {
    const answers = new Map<string, string[]>();
    for (const path of ['/mcp', '/mcp/s', '/mcp/nobody']) {
      for (const method of ['tools/call', 'tools/list', 'initialize', 'no/such']) {
        const socket = new RawSocket(served.port);
        for (const [kind, token] of tokens) {
          const answer = withoutDate(await socket.ask(post(`Bearer ${token}`, path, method)));
          answers.set(answer, [...(answers.get(answer) ?? []), kind]);
        }
        socket.close();
      }
    }
    expect(answers.size).toBe(1);
    const [answer = ''] = answers.keys();
    expect(answer).toMatch(/^HTTP\/1\.1 401 .*WWW-Authenticate: Bearer error="invalid_token"\r\n/s);
  });

  it('have each their own reason in the log', async () => {
    await served.end('SIGTERM');
    const reasons = new Set<string>();
    for (const { detail } of await at.events('--code', 'TG2001')) {
      for (const reason of Object.keys((detail as { failures: object }).failures)) {
        reasons.add(reason);
      }
    }
    expect([...reasons].sort()).toEqual([
      'key_unknown',
      'malformed',
      'not_yet_valid',
      'session_mismatch',
      'session_revoked',
      'session_unknown',
      'signature_invalid',
      'token_expired',
    ]);
    expect(at.journal()).toEqual([]);
  });
});

/** Loopback has many addresses on Linux alone. */
describe.skipIf(process.platform !== 'linux')('S8 junk', () => {
  const SOURCES = 40;
  const EACH = 50;

  it('from many sources is summed in a bounded number of events, and none is lost', async () => {
    const before = (await at.events('--code', 'TG2001')).length;
    served = await at.serve();
    const bytes = post('Bearer junk');
    const beganMs = performance.now();
    const answers = await Promise.all(
      Array.from({ length: SOURCES }, async (_, n) => {
        const socket = new RawSocket(served.port, `127.0.0.${n + 1}`);
        const own: string[] = [];
        for (let sent = 0; sent < EACH; sent += 1) own.push((await socket.ask(bytes)).slice(0, 12));
        socket.close();
        return own;
      }),
    );
    const seconds = Math.ceil((performance.now() - beganMs) / 1000);
    await served.end('SIGTERM');
    expect(new Set(answers.flat())).toEqual(new Set(['HTTP/1.1 401']));
    const events = (await at.events('--code', 'TG2001')).slice(before);
    const counts = events.map(
      ({ detail }) => (detail as { failures: { malformed?: number } }).failures.malformed ?? 0,
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(SOURCES * EACH);
    // A line for each source and one for the rest, every second begun and at the end.
    expect(events.length).toBeLessThanOrEqual((MAX_SOURCES + 1) * (seconds + 1));
    expect(new Set(events.map(({ remote }) => remote))).toContain('others');
  });
});
