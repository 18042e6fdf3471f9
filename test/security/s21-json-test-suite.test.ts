import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../mcp-server/raw-http.ts';
import { parseExact } from '../support/interop/raw-peer.ts';
import { grantText, Home } from '../support/live/home.ts';
import type { Served } from '../support/live/processes.ts';
import { argumentsIn, received, recorded } from '../support/live/recorded.ts';

const corpus = join(import.meta.dirname, '../../../shared/corpora/jsontestsuite/test_parsing');
const isThere = existsSync(corpus);
const names = isThere ? readdirSync(corpus).filter((name) => name.endsWith('.json')) : [];

const HEAD = Buffer.from(
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"a":',
);
const TAIL = Buffer.from('},"name":"s__echo"}}');

/** Valid by the grammar, and refused: a member given twice. */
const TWICE = /^y_object_duplicated_key/;

let at: Home;
let served: Served;
let headers: { authorization: string };

beforeAll(async () => {
  at = new Home({
    servers: recorded,
    grants: { 'one.yaml': grantText('one', 'alice', ['permit: s/echo']) },
  });
  await at.applyGrants();
  served = await at.serve();
  headers = { authorization: `Bearer ${(await at.open()).token}` };
});
afterAll(() => at.remove());

const send = (body: Buffer) => ask(served.port, { headers, body });

/** What a body of the suite is inside the arguments of a call. */
const inside = (name: string): Buffer =>
  Buffer.concat([HEAD, readFileSync(join(corpus, name)), TAIL]);

/** Sends one, and says what came back and what reached the tool server. */
async function through(name: string): Promise<{ status: number; arrived: readonly string[] }> {
  const before = received(at).length;
  const { status } = await send(inside(name));
  return { status, arrived: received(at).slice(before) };
}

/** A value with its numbers as doubles, which is all that JSON says they are. */
const doubles = (text: string): unknown =>
  JSON.parse(
    JSON.stringify(parseExact(text), (_, value) =>
      typeof value?.number === 'string' ? `number ${Number(value.number)}` : value,
    ),
  );

describe.skipIf(!isThere)('JSONTestSuite (skipped where ../shared/corpora is not)', () => {
  const valid = names.filter((name) => name.startsWith('y_'));

  it.each(valid.filter((name) => !TWICE.test(name)))(
    'passes in arguments, its value unchanged: %s',
    async (name) => {
      const { status, arrived } = await through(name);
      expect([status, arrived.length]).toEqual([200, 1]);
      const sent = doubles(`{"a":${readFileSync(join(corpus, name), 'utf8')}}`);
      expect(doubles(argumentsIn(arrived[0] ?? '') ?? 'none')).toEqual(sent);
    },
  );

  it.each(names.filter((name) => name.startsWith('n_') || TWICE.test(name)))(
    'is refused in arguments: %s',
    async (name) => {
      expect(await through(name)).toEqual({ status: 400, arrived: [] });
    },
  );

  it.each(names.filter((name) => name.startsWith('i_')))(
    'is passed or refused in arguments: %s',
    async (name) => {
      const { status, arrived } = await through(name);
      expect([`400, 0`, `200, 1`]).toContain(`${status}, ${arrived.length}`);
    },
  );

  it('is refused as a body, and none of it reaches the tool server', async () => {
    const before = received(at).length;
    const statuses = new Set<number>();
    for (const name of names) statuses.add((await send(readFileSync(join(corpus, name)))).status);
    expect([...statuses]).toEqual([400]);
    expect(received(at)).toHaveLength(before);
    expect(names.length).toBeGreaterThan(300);
  });

  it('leaves the same process serving', async () => {
    expect(served.child.exitCode).toBeNull();
    expect((await through('y_array_empty.json')).status).toBe(200);
  });
});
