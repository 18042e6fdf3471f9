import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { hasCorpora } from '../support/corpora.ts';
import { DefinedServer } from '../support/live/defined-server.ts';
import { grantText, Home, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import type { Served } from '../support/live/processes.ts';
import { releasePairs } from '../support/release-pairs.ts';

const definition = (name: string, description = name): JsonObject => ({
  name,
  description,
  inputSchema: { type: 'object' },
});
const TOOLS = ['fixed', 'other', 'turns'].map((name) => definition(name));

let at: Home;
let served: Served;
let client: HttpClient;
const servers = new Map<string, DefinedServer>();
let ids = 0;

/** Consecutive releases of official servers that change definitions. */
const changing = releasePairs().filter(({ changed }) => changed.length > 0);

beforeAll(async () => {
  at = new Home({
    grants: { 'alice.yaml': grantText('all', 'alice', ["permit: '*/*'"]) },
    servers(home) {
      const entries: [string, object][] = [];
      for (const [name, tools] of [
        ['s', TOOLS] as const,
        ...changing.map(({ server, before }) => [server, before] as const),
      ]) {
        const made = new DefinedServer(home, name);
        servers.set(name, made);
        entries.push([name, made.entry(tools)]);
      }
      return Object.fromEntries(entries);
    },
  });
  await at.applyGrants();
  served = await at.serve();
  client = new HttpClient(served.port, (await at.open()).token);
});
afterAll(async () => {
  client?.close();
  await at?.remove();
});

const call = (server: string, tool: string, args: object = {}) => {
  ids += 1;
  const params = { name: `${server}__${tool}`, arguments: args };
  return client.ask({ id: ids, method: 'tools/call', params });
};
async function listed(server = 's'): Promise<readonly string[]> {
  ids += 1;
  const answer = await client.ask({ id: ids, method: 'tools/list', params: {} });
  const { tools } = (answer?.result ?? { tools: [] }) as { tools: readonly { name: string }[] };
  const prefix = `${server}__`;
  return tools.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
}
/** Waits until a list is this one. */
const lists = (wanted: readonly string[], server = 's') =>
  until(async () =>
    JSON.stringify(await listed(server)) === JSON.stringify(wanted) ? true : undefined,
  );
const calls = (tool: string) =>
  at.journal().filter((line) => line.kind === 'call' && line.tool === tool);
const s = (): DefinedServer => {
  const found = servers.get('s');
  if (found === undefined) throw new Error('no server');
  return found;
};
const GONE = { error: { code: -32602 } };
const approve = (...words: readonly string[]) =>
  at.run(['tools', 'approve', 's', '--yes', ...words]);

describe.runIf(hasCorpora)('S23 consecutive releases of official servers', () => {
  it('hide and refuse every definition that changed or is new, and nothing else', async () => {
    await listed();
    // What is started for its offer alone has ended: a call has it run, and heard.
    for (const { server, before } of changing) {
      expect(await call(server, String(before[0]?.name))).toHaveProperty('result');
    }
    for (const { server, after } of changing) servers.get(server)?.define(after);
    for (const { server, kept } of changing) {
      servers.get(server)?.announce();
      // A tool that the client's own connection lacks for now is not listed to it either.
      await lists([...kept].sort(), server);
    }
    let refused = 0;
    for (const { server, kept, changed } of changing) {
      const [first] = kept;
      if (first !== undefined) expect(await call(server, first)).toHaveProperty('result');
      for (const tool of changed.slice(0, 3)) {
        expect(await call(server, tool)).toMatchObject(GONE);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(10);
  });
});

describe('S23 a definition that changes while the server runs', () => {
  it('is hidden and refused once the server says that its list changed', async () => {
    expect(await listed()).toEqual(['fixed', 'other', 'turns']);
    expect(await call('s', 'fixed')).toHaveProperty('result');
    s().define([...TOOLS.slice(0, 2), definition('turns', 'turns.')]);
    s().announce();
    await lists(['fixed', 'other']);
    expect(await call('s', 'turns')).toMatchObject(GONE);
    expect(await call('s', 'fixed')).toHaveProperty('result');
    expect(calls('turns')).toEqual([]);
  });

  it('stays so when it turns back, until an admin has looked', async () => {
    s().define(TOOLS);
    s().announce();
    expect(await call('s', 'turns')).toMatchObject(GONE);
    const { code } = await at.run(['tools', 'diff', 's']);
    expect(code).toBe(1);
    expect(await approve()).toMatchObject({ code: 0 });
    expect(await call('s', 'turns')).toHaveProperty('result');
  });

  it('takes nothing along: what a rename brings was never approved', async () => {
    const before = calls('turned').length;
    s().define([...TOOLS.slice(0, 2), definition('turned', 'turns')]);
    s().announce();
    await until(async () => {
      const { servers: known } = await (await at.state()).context.catalog.snapshot();
      return known.get('s')?.tools.some(({ name }) => name === 'turned') || undefined;
    });
    expect(await listed()).not.toContain('turned');
    expect(await call('s', 'turned')).toMatchObject(GONE);
    // A live connection can only take away: the old name is still approved, and not offered.
    expect(await call('s', 'turns')).toMatchObject(GONE);
    expect(calls('turned')).toHaveLength(before);
  });

  it('is found on reconnect, before anything is dispatched', async () => {
    const before = calls('other').length;
    s().define([definition('fixed'), definition('other', 'mails it'), definition('turns')]);
    process.kill(s().pid, 'SIGKILL');
    await until(async () => ((await call('s', 'fixed'))?.result === undefined ? undefined : true));
    expect(await call('s', 'other')).toMatchObject(GONE);
    expect(await listed()).toEqual(['fixed', 'turns']);
    expect(calls('other')).toHaveLength(before);
  });

  it('does not stop a call that was sent before, and refuses the next one', async () => {
    const before = calls('turns').length;
    const running = call('s', 'turns', { hold: true });
    await at.noted((lines) => lines.filter(({ tool }) => tool === 'turns').length > before);
    s().define([definition('fixed'), definition('turns', 'now')]);
    s().announce();
    await running;
    await lists(['fixed']);
    expect(await call('s', 'turns')).toMatchObject(GONE);
    expect(calls('turns')).toHaveLength(before + 1);
  });

  it('is hidden after a restart of the broker, before the server is started', async () => {
    expect(await served.end('SIGTERM')).toMatchObject({ code: 0 });
    served = await at.serve();
    client.close();
    client = new HttpClient(served.port, (await at.open()).token);
    expect(await listed()).toEqual(['fixed']);
    expect(await call('s', 'other')).toMatchObject(GONE);
  });

  it('is refused with the true reason in the log', async () => {
    const refused = (await at.events('--code', 'TG1003', '--server', 's')).map(
      ({ tool, reason }) => `${tool} ${reason}`,
    );
    expect(new Set(refused)).toEqual(
      new Set(['turns tool_drifted', 'turned tool_unapproved', 'other tool_drifted']),
    );
  });
});
