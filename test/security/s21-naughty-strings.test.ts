import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draftGrant } from '../../src/admin/create-grant.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import { grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import type { Served } from '../support/live/processes.ts';

const corpus = join(import.meta.dirname, '../../../shared/corpora/naughty-strings.json');
const isThere = existsSync(corpus);
const naughty: readonly string[] = isThere ? JSON.parse(readFileSync(corpus, 'utf8')) : [];

let at: Home;
let served: Served;
let session: { readonly id: string; readonly token: string };
let client: HttpClient;

beforeAll(async () => {
  at = new Home({ grants: { 'one.yaml': grantText('one', 'alice', ['permit: s/echo']) } });
  await at.applyGrants();
  served = await at.serve();
  session = await at.open();
  client = new HttpClient(served.port, session.token);
});
afterAll(async () => {
  client?.close();
  await at.remove();
});

const callTool = (id: string, name: string, args: object) =>
  client.ask({ id, method: 'tools/call', params: { name, arguments: args } });

/** The strings for which `holds` is false, so that an assertion shows them all. */
async function wrong(
  holds: (text: string, index: number) => Promise<boolean>,
  strings: readonly string[] = naughty,
) {
  expect(naughty.length).toBeGreaterThan(500);
  const found: string[] = [];
  const all = strings.entries();
  const work = async () => {
    for (const [index, text] of all) if (!(await holds(text, index))) found.push(text);
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return found;
}

describe.skipIf(!isThere)('naughty strings (skipped where ../shared/corpora is not)', () => {
  it('go through a call as they are, as values, as names, and as the id', async () => {
    const bad = await wrong(async (text, index) => {
      const id = `${index} ${text}`.slice(0, 512);
      const answer = await callTool(id, 's__echo', { nonce: text, [`${text} `]: text });
      const [content] = (answer?.result?.content ?? []) as readonly { text: string }[];
      return content?.text === text && answer?.id === id;
    });
    expect(bad).toEqual([]);
    const calls = at.journal().filter(({ kind }) => kind === 'call');
    expect(calls.map(({ nonce }) => nonce).toSorted()).toEqual(naughty.toSorted());
  });

  it('are the names of no tool, alone and behind a server', async () => {
    const before = at.journal().length;
    const bad = await wrong(async (text) => {
      const answers = [await callTool('1', text, {}), await callTool('2', `s__${text}`, {})];
      return answers.every((answer) => answer?.error?.code === -32602);
    });
    expect(bad).toEqual([]);
    expect(at.journal()).toHaveLength(before);
  });

  it('are the names of clients, kept as they are', async () => {
    const sessions = new Map<string, string>();
    // Each takes a session of its own, so one in five.
    const some = naughty.filter((_, index) => index % 5 === 0);
    const bad = await wrong(async (name) => {
      const { id, token } = await at.open();
      sessions.set(id, name);
      const own = new HttpClient(served.port, token);
      const params = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name, version: name },
      };
      const answer = await own.ask({ id: 1, method: 'initialize', params });
      own.close();
      return answer?.result !== undefined;
    }, some);
    expect(bad).toEqual([]);
    const events = await at.events('--code', 'TG2005');
    const kept = new Map<unknown, unknown>(
      events.map(({ session: id, clientInfo }) => [id, clientInfo?.name]),
    );
    for (const [id, name] of sessions) expect(kept.get(id)).toBe(name.slice(0, 256));
    expect(sessions.size).toBe(some.length);
  });

  it('are the purposes of grants, read back as they were given, or refused', async () => {
    const { context } = await at.state();
    const refused: string[] = [];
    const bad = await wrong(async (purpose) => {
      const wish = { subject: 'bob', permits: ['s/echo'], denies: [], lifeMs: 1e6, clients: [] };
      try {
        return (
          (await draftGrant(context, { ...wish, purpose })).document.purpose === purpose.trim()
        );
      } catch (error) {
        refused.push(purpose);
        return error instanceof BrokerError && error.code !== 'ERR_INTERNAL';
      }
    });
    expect(bad).toEqual([]);
    // Refused is what says nothing, or what people cannot see.
    const seen = (text: string) => text.trim() !== '' && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
    expect(refused.filter(seen)).toEqual([]);
  });

  it('leave the process serving and the log whole', async () => {
    expect(await callTool('last', 's__echo', { nonce: 'x' })).toMatchObject({ id: 'last' });
    expect(served.child.exitCode).toBeNull();
    expect(await at.run(['audit', 'verify'])).toMatchObject({ code: 0 });
  });
});
