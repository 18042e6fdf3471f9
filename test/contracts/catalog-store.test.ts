import { describe, expect, it } from 'vitest';
import type { PinnedItem, PinnedServer, Quarantine } from '../../src/domain/catalog-record.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { ContractState } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

const pinned = (server: string, names: readonly string[]): PinnedServer => ({
  server,
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: { name: server, version: '1', 'x-unknown': [1] },
  capabilities: { tools: {} },
  prompts: [],
  templates: [],
  tools: names.map((name) => ({ name, definition: { name, inputSchema: {} }, hash: `h-${name}` })),
  pinnedAt: 7,
});

/** Puts a server in place of whatever is known of it. */
const put =
  (next: PinnedServer, code: 'TG4001' | 'TG4002' = 'TG4001') =>
  () => ({
    next,
    event: { code },
  });

describe.each(IMPLEMENTATIONS)('$name catalog store', (implementation) => {
  const state = new ContractState(implementation);
  const catalog = () => state.stores.catalog;
  const known = async () => catalog().snapshot().servers.get('files');

  it('reads back what was pinned, whole, at the new epoch', async () => {
    const server = pinned('files', ['a', 'b']);
    expect(await catalog().change('files', put(server))).toBe(true);
    expect(catalog().snapshot()).toEqual({
      epoch: state.stores.admission.epoch(),
      servers: new Map([['files', server]]),
      lockBases: new Map(),
    });
  });

  it('keeps digits a double cannot hold and members named __proto__', async () => {
    const text = '{"__proto__":{"a":1},"maximum":12345678901234567890,"name":"a"}';
    const definition = parseJson(text) as JsonObject;
    const tools = [{ name: 'a', definition, hash: 'h' }];
    await catalog().change('files', put({ ...pinned('files', []), tools }));
    expect(stringifyJson((await known())?.tools[0]?.definition ?? {})).toBe(text);
  });

  it('keeps definitions that were pinned once, by hash', async () => {
    await catalog().change('files', put(pinned('files', ['a', 'b'])));
    await catalog().change('files', put(pinned('files', ['b'])));
    const kept = await catalog().definitions(['h-a', 'h-none']);
    expect([...kept]).toEqual([['h-a', { name: 'a', inputSchema: {} }]]);
  });

  it('gives each change what another broker has written, and writes nothing for undefined', async () => {
    await catalog().change('files', put(pinned('files', ['a'])));
    const epoch = state.stores.admission.epoch();
    const other = await state.reopen();
    const seen: unknown[] = [];
    const written = await other.catalog.change('files', (now) => {
      seen.push(now);
      return undefined;
    });
    expect([written, seen]).toEqual([false, [pinned('files', ['a'])]]);
    expect(state.stores.admission.epoch()).toBe(epoch);
    expect(await state.stores.events.query({ code: 'TG4001' })).toHaveLength(1);
  });

  it('keeps every mark with what belongs to it, each change with an event and an epoch', async () => {
    const server = pinned('files', ['a', 'b', 'c', 'd', 'e', 'f']);
    await catalog().change('files', put(server));
    const epoch = state.stores.admission.epoch();
    const marks: readonly (Quarantine | undefined)[] = [
      { reason: 'drifted', liveHash: 'h2', live: { name: 'a', x: 1 } },
      { reason: 'drifted', liveHash: 'h3' },
      { reason: 'unapproved' },
      { reason: 'by_admin' },
      { reason: 'by_lock' },
      undefined,
    ];
    const tools = server.tools.map((tool, at): PinnedItem => {
      const quarantine = marks[at];
      return quarantine === undefined ? tool : { ...tool, quarantine };
    });
    await catalog().change('files', put({ ...server, tools }, 'TG4002'));
    expect((await known())?.tools).toEqual(tools);
    expect(state.stores.admission.epoch()).toBe(epoch + 1);
    expect(await state.stores.events.query({ code: 'TG4002' })).toHaveLength(1);
  });

  it('keeps each kind apart, and what belongs to it', async () => {
    const item = (name: string, definition: JsonObject): PinnedItem => ({
      name,
      definition,
      hash: `h-${name}`,
    });
    const server: PinnedServer = {
      ...pinned('files', ['a', 'prompt:a']),
      prompts: [item('a', { name: 'a' }), item('b', { name: 'b' })],
      templates: [
        { ...item('x:{y}', { uriTemplate: 'x:{y}' }), quarantine: { reason: 'by_lock' } },
      ],
      about: item('instructions', { instructions: 'be kind' }),
    };
    await catalog().change('files', put(server));
    expect(await known()).toEqual(server);
    const { about: _, ...rest } = server;
    const next = { ...rest, prompts: [item('b', { name: 'b', title: 'B' })] };
    await catalog().change('files', put(next));
    expect(await known()).toEqual(next);
  });

  it('replaces, adds and removes tools, and takes marks away', async () => {
    const server = pinned('files', ['a', 'b']);
    const marked = server.tools.map((tool) => ({
      ...tool,
      quarantine: { reason: 'by_admin' as const },
    }));
    await catalog().change('files', put({ ...server, tools: marked }));
    const next = { ...pinned('files', ['b', 'c']), revision: '2025-06-18', pinnedAt: 9 };
    await catalog().change('files', put(next));
    expect(await known()).toEqual(next);
  });

  it('writes nothing when what makes the change throws', async () => {
    const before = await state.stores.events.head();
    const change = catalog().change('files', () => {
      throw new BrokerError('ERR_USAGE', 'no');
    });
    await expect(change).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect(await state.stores.events.head()).toEqual(before);
  });

  it('remembers what the lock file said, without an event or an epoch', async () => {
    const before = [state.stores.admission.epoch(), await state.stores.events.head()];
    await catalog().setLockBase('files', { file: 'f1', entry: 'e1' });
    await catalog().setLockBase('files', { file: 'f2', entry: 'e2' });
    expect(catalog().snapshot().lockBases).toEqual(
      new Map([['files', { file: 'f2', entry: 'e2' }]]),
    );
    expect([state.stores.admission.epoch(), await state.stores.events.head()]).toEqual(before);
  });
});
