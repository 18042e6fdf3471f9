import { afterAll, beforeAll, expect, it } from 'vitest';
import { fuzzHttp, fuzzStdio, recordedOf } from '../support/fuzz/fuzz-built.ts';
import { grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import type { Served } from '../support/live/processes.ts';

/** The messages of a run that fails are those of its seed. */
const SEED = Number(process.env.FUZZ_SEED ?? 2121);
const EACH = 10_000;

let at: Home;
let served: Served;
let token: string;

beforeAll(async () => {
  at = new Home({
    grants: { 'one.yaml': grantText('one', 'alice', ['permit: s/echo']) },
    // Names mutated one after another look like probing, and would be slowed down.
    more: { monitor: { signals: { probing: 'record' } } },
  });
  await at.applyGrants();
  served = await at.serve();
  token = (await at.open()).token;
});
afterAll(() => at.remove());

it(`answers each of ${EACH} mutated messages over HTTP, ${EACH} over stdio, and records it (seed ${SEED})`, async () => {
  const [http, stdio] = await Promise.all([
    fuzzHttp(served, token, SEED, EACH),
    fuzzStdio(at, (await at.open()).token, SEED + 1, EACH),
  ]);
  expect(http).toMatchObject({ sent: EACH, unanswered: 0, errors: 0 });
  expect(stdio).toMatchObject({ sent: EACH, unanswered: 0, errors: 0, exit: '0' });

  // The same process still serves.
  const client = new HttpClient(served.port, token);
  const call = {
    id: 1,
    method: 'tools/call',
    params: { name: 's__echo', arguments: { nonce: 'x' } },
  };
  expect(await client.ask(call)).toMatchObject({ result: { content: [{ text: 'x' }] } });
  client.close();
  expect(await served.end('SIGTERM')).toMatchObject({ code: 0 });

  const recorded = await recordedOf(at);
  // What a cancellation took the answer of is in the log too.
  const seen = http.refused + stdio.refused;
  expect(recorded.refused).toBeGreaterThanOrEqual(seen);
  expect(recorded.refused).toBeLessThanOrEqual(seen + stdio.taken);
  expect(recorded.outcomes).toBe(recorded.intents);
  expect(recorded.intents).toBe(at.journal().filter(({ kind }) => kind === 'call').length);
  // Some were calls, and most were not.
  expect(recorded.intents).toBeGreaterThan(EACH / 50);
  expect(recorded.refused).toBeGreaterThan(EACH);
}, 120_000);
