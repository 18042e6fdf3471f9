import { describe, expect, it } from 'vitest';
import type { PinnedServer } from '../../src/domain/catalog-record.ts';
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
  instructions: 'be kind',
  tools: names.map((name) => ({ name, definition: { name, inputSchema: {} }, hash: `h-${name}` })),
  pinnedAt: 7,
});

describe.each(IMPLEMENTATIONS)('$name catalog store', (implementation) => {
  const state = new ContractState(implementation);
  const catalog = () => state.stores.catalog;

  it('reads back what was pinned, whole, at the new epoch', async () => {
    const server = pinned('files', ['a', 'b']);
    expect(await catalog().pin(server, { code: 'TG4001' })).toBe(true);
    expect(await catalog().snapshot()).toEqual({
      epoch: state.stores.admission.epoch(),
      servers: new Map([['files', server]]),
    });
  });

  it('keeps digits a double cannot hold and members named __proto__', async () => {
    const text = '{"__proto__":{"a":1},"maximum":12345678901234567890,"name":"a"}';
    const server = pinned('files', []);
    const definition = parseJson(text) as JsonObject;
    await catalog().pin(
      { ...server, tools: [{ name: 'a', definition, hash: 'h' }] },
      { code: 'TG4001' },
    );
    const tool = (await catalog().snapshot()).servers.get('files')?.tools[0];
    expect(stringifyJson(tool?.definition ?? {})).toBe(text);
  });

  it('leaves a server that another broker pinned first', async () => {
    await catalog().pin(pinned('files', ['a']), { code: 'TG4001' });
    const epoch = state.stores.admission.epoch();
    const other = await state.reopen();
    expect(await other.catalog.pin(pinned('files', ['z']), { code: 'TG4001' })).toBe(false);
    expect(state.stores.admission.epoch()).toBe(epoch);
    expect(await state.stores.events.query({ code: 'TG4001' })).toHaveLength(1);
  });

  it('marks drift and takes the mark away, each with an event and an epoch', async () => {
    await catalog().pin(pinned('files', ['a', 'b']), { code: 'TG4001' });
    const epoch = state.stores.admission.epoch();
    await catalog().setDrift('files', new Map([['a', 'removed']]), { code: 'TG4002' });
    const drifted = await catalog().snapshot();
    expect(drifted.servers.get('files')?.tools.map(({ drift }) => drift)).toEqual([
      'removed',
      undefined,
    ]);
    await catalog().setDrift('files', new Map([['a', null]]), { code: 'TG4002' });
    expect(await catalog().snapshot()).toMatchObject({ epoch: epoch + 2 });
  });

  it('writes nothing when the drift is known already', async () => {
    await catalog().pin(pinned('files', ['a']), { code: 'TG4001' });
    await catalog().setDrift('files', new Map([['a', 'h2']]), { code: 'TG4002' });
    const before = await state.stores.events.head();
    await catalog().setDrift('files', new Map([['a', 'h2']]), { code: 'TG4002' });
    expect(await state.stores.events.head()).toEqual(before);
  });

  it('replaces definitions and drops the drift marks', async () => {
    await catalog().pin(pinned('files', ['a']), { code: 'TG4001' });
    await catalog().setDrift('files', new Map([['a', 'h2']]), { code: 'TG4002' });
    const next = pinned('files', ['a', 'c']);
    await catalog().replace(next, { code: 'TG4003' });
    expect((await catalog().snapshot()).servers.get('files')).toEqual(next);
  });
});
