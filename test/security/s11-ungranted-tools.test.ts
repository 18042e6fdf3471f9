import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENVELOPE_KEYS, REVISION_2026 } from '../../src/domain/era.ts';
import { controlledEntry, grantText, Home } from '../support/live/home.ts';
import type { Served } from '../support/live/processes.ts';
import { RawSocket, requestBytes, withoutDate } from '../support/live/raw-socket.ts';
import { openTransportSession } from '../support/live/transport-session.ts';

/**
 * Every way in which a tool is not there for alice, each beside a name of the same length that no
 * server has: the answers must be the same bytes once the name is taken out of both.
 */
const PAIRS = [
  { title: 'no rule names it', tool: 'sneaky', unknown: 'sneakz', server: 's' },
  { title: 'a deny rule names it', tool: 'hold', unknown: 'holx', server: 's' },
  { title: 'the grant has expired', tool: 'work', unknown: 'worx', server: 's' },
  { title: 'the grant is revoked', tool: 'write', unknown: 'writx', server: 's' },
  { title: 'the grant is for another client', tool: 'other', unknown: 'othex', server: 's' },
  { title: 'its definition has changed', tool: 'drifty', unknown: 'driftx', server: 's' },
  { title: 'its server is granted to nobody', tool: 'echo', unknown: 'echx', server: 'closed' },
] as const;

const GRANTS = {
  'one.yaml': grantText('one', 'alice', ['permit: s/{echo,drifty,hold}', 'deny: s/hold']),
  'expired.yaml': grantText('expired', 'alice', ['permit: s/work'], '2020-01-01T00:00:00Z'),
  'gone.yaml': grantText('gone', 'alice', ['permit: s/write']),
  'client.yaml': grantText('client', 'alice', ['permit: s/other']).replace(
    'purpose:',
    'clients: [desktop]\npurpose:',
  ),
  // Pins `closed`, so that its tools are known to the broker.
  'bob.yaml': grantText('bob', 'bob', ["permit: '*/*'"]),
};
/** Names alice must not see anywhere: tools without a grant, and a server without one. */
const HIDDEN = /sneaky|hold|work|write|other|closed/;

let at: Home;
let served: Served;
let token: string;
/** Where who is asked listens. */
let port: number;
let firstDrifted: string;

beforeAll(async () => {
  at = new Home({
    grants: GRANTS,
    servers: ({ journalPath }) => ({
      s: controlledEntry(journalPath),
      closed: controlledEntry(journalPath),
    }),
  });
  await at.applyGrants();
  const first = await at.serve();
  port = first.port;
  const bob = (await at.open('bob')).token;
  const socket = new RawSocket(first.port);
  const listed = await socket.ask(await http('2025', '/mcp', bob, 1, 'tools/list'));
  expect(listed).toMatch(/s__sneaky/);
  expect(listed).toMatch(/closed__echo/);
  socket.close();
  await first.end('SIGTERM');
  expect(await at.run(['grant', 'revoke', 'gone'])).toMatchObject({ code: 0 });

  writeFileSync(`${at.journalPath}.drift`, '');
  served = await at.serve();
  port = served.port;
  token = (await at.open()).token;
  // The change is found out by this very call: its server was not running.
  const warm = new RawSocket(served.port);
  const name = 's__drifty';
  firstDrifted = bare(
    await warm.ask(await http('2025', '/mcp', token, 7, 'tools/call', name)),
    name,
  );
  warm.close();
});
afterAll(() => at.remove());

type Era = '2025' | '2026';
function message(era: Era, id: number, method: string, name?: string): string {
  const meta = {
    [ENVELOPE_KEYS.protocolVersion]: REVISION_2026,
    [ENVELOPE_KEYS.clientCapabilities]: {},
  };
  const params = {
    ...(name === undefined ? {} : { name, arguments: {} }),
    ...(era === '2026' ? { _meta: meta } : {}),
  };
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}
async function http(
  era: Era,
  path: string,
  bearer: string,
  id: number,
  method: string,
  name?: string,
): Promise<string> {
  const session =
    era === '2025' && method !== 'initialize'
      ? await openTransportSession(port, `Bearer ${bearer}`, path)
      : undefined;
  const modern = {
    'MCP-Protocol-Version': REVISION_2026,
    'Mcp-Method': method,
    ...(name === undefined ? {} : { 'Mcp-Name': name }),
  };
  const headers = {
    Authorization: `Bearer ${bearer}`,
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    ...(era === '2026' ? modern : {}),
    ...(session === undefined ? {} : { 'Mcp-Session-Id': session }),
  };
  return requestBytes(path, headers, message(era, id, method, name));
}

/** An answer's bytes without its date, and with the names that differ by intent taken out. */
const bare = (answer: string, name: string) => withoutDate(answer).replaceAll(name, 'NAME');

const calls = async () => (await at.events()).filter(({ code }) => /^TG100[123]$/.test(code));

describe('S11 a tool that is not granted', () => {
  for (const era of ['2025', '2026'] as const) {
    for (const { title, tool, unknown, server } of PAIRS) {
      for (const path of ['/mcp', `/mcp/${server}`]) {
        it(`answers like an unknown one, byte for byte, when ${title} (${era}, ${path})`, async () => {
          const prefix = path === '/mcp' ? `${server}__` : '';
          const socket = new RawSocket(served.port);
          const answer = async (name: string) =>
            bare(await socket.ask(await http(era, path, token, 7, 'tools/call', name)), name);
          const ungranted = await answer(`${prefix}${tool}`);
          expect(ungranted).toBe(await answer(`${prefix}${unknown}`));
          // Twice, since the first call could change what is known of it.
          expect(ungranted).toBe(await answer(`${prefix}${tool}`));
          socket.close();
          expect(ungranted).toMatch(
            path === '/mcp/closed' ? /^HTTP\/1\.1 404 / : /-32602,"message":"Unknown tool: NAME"/,
          );
        });
      }
    }

    it(`answers like an unknown one, byte for byte, over stdio (${era})`, async () => {
      const client = at.stdio(token);
      let id = 0;
      const answer = async (name: string) => {
        id += 1;
        await client.ask({ ...JSON.parse(message(era, id, 'tools/call', name)) });
        return bare(client.lines.at(-1) ?? '', name).replace(`"id":${id}`, '"id":ID');
      };
      for (const { tool, unknown, server } of PAIRS) {
        const ungranted = await answer(`${server}__${tool}`);
        expect(ungranted).toContain('"code":-32602,"message":"Unknown tool: NAME"');
        expect(ungranted).toBe(await answer(`${server}__${unknown}`));
      }
      // A server nobody configured, and a name without a server.
      expect(await answer('nobody__echo')).toBe(await answer('s__sneaky'));
      expect(await answer('zzz')).toBe(await answer('s__sneaky'));
      expect(await client.leave()).toMatchObject({ code: 0 });
    });

    it(`answers a server without a grant like one that does not exist (${era})`, async () => {
      const socket = new RawSocket(served.port);
      for (const method of ['tools/list', era === '2025' ? 'initialize' : 'server/discover']) {
        const answers = [];
        for (const path of ['/mcp/closed', '/mcp/nobody']) {
          answers.push(withoutDate(await socket.ask(await http(era, path, token, 1, method))));
        }
        expect(answers[0]).toMatch(/^HTTP\/1\.1 404 /);
        expect(answers[0]).toBe(answers[1]);
      }
      socket.close();
    });

    it(`is in no list and no handshake, nor is its server (${era})`, async () => {
      const socket = new RawSocket(served.port);
      for (const path of ['/mcp', '/mcp/s']) {
        const handshake = era === '2025' ? 'initialize' : 'server/discover';
        const shown = await socket.ask(await http(era, path, token, 1, handshake));
        expect(shown).toMatch(/^HTTP\/1\.1 200 /);
        expect(shown).not.toMatch(HIDDEN);
        const listed = await socket.ask(await http(era, path, token, 1, 'tools/list'));
        const { tools } = JSON.parse(listed.slice(listed.indexOf('\r\n\r\n'))).result as {
          tools: { name: string }[];
        };
        expect(tools.map(({ name }) => name)).toEqual([path === '/mcp' ? 's__echo' : 'echo']);
        expect(listed).not.toMatch(HIDDEN);
        expect(listed).not.toMatch(/drifty/);
      }
      socket.close();
    });
  }

  it('answers like an unknown one when the call itself finds its definition changed', async () => {
    const socket = new RawSocket(served.port);
    const name = 's__driftx';
    const unknown = bare(
      await socket.ask(await http('2025', '/mcp', token, 7, 'tools/call', name)),
      name,
    );
    socket.close();
    expect(firstDrifted).toBe(unknown);
  });

  it('leaves no call at the tool server, and each refusal in the log with its own reason', async () => {
    expect(at.journal().filter(({ kind }) => kind === 'call')).toEqual([]);
    const events = await calls();
    const reasons = Object.fromEntries(
      events
        .filter(({ code, server }) => code === 'TG1003' && server === 's')
        .map(({ tool, reason }) => [tool, reason]),
    );
    expect(reasons).toMatchObject({
      sneaky: 'no_rule',
      sneakz: 'no_rule',
      hold: 'denied_by_rule',
      work: 'grant_expired',
      other: 'client_not_granted',
      drifty: 'tool_drifted',
      driftx: 'no_rule',
    });
    const intents = events.filter(({ code }) => code === 'TG1001');
    expect(intents.map(({ tool }) => tool)).toEqual(['drifty']);
    expect(events.find(({ intent }) => intent === intents[0]?.seq)).toMatchObject({
      outcome: 'refused',
      reason: 'tool_drifted',
    });
  });
});
