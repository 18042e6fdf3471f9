import { describe, expect, it } from 'vitest';
import type { CatalogView } from '../../src/catalog/catalog.ts';
import { nameTable, promptNameTable } from '../../src/catalog/exposed-name.ts';
import { type CatalogServer, serverView } from '../../src/catalog/server-view.ts';
import { createInFlight } from '../../src/dispatch/in-flight.ts';
import type { Pool } from '../../src/dispatch/pool.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import { drain } from '../../src/drain.ts';
import { seen } from '../support/fakes/server-view.ts';
import { sessionRecord } from '../support/fakes/session-record.ts';

const NOW = 1_000;
const clock = { now: () => NOW, nowMicros: () => NOW * 1_000, monotonicMs: () => NOW };
const tool = { hash: '' };
const out = { hash: '', quarantine: 'by_admin' } as const;

const SERVERS: Record<string, CatalogServer> = {
  'never seen': serverView(undefined, false),
  'never approved': serverView(undefined, true),
  'in use': seen({ tools: new Map([['a', tool]]) }),
  'partly out': seen({
    tools: new Map([
      ['a', tool],
      ['b', out],
    ]),
  }),
  'only resources': seen({ hasResources: true }),
  'only a prompt': seen({ prompts: new Map([['a', tool]]) }),
  out: seen({
    tools: new Map([
      ['a', out],
      ['b', out],
    ]),
    prompts: new Map([['a', out]]),
    templates: new Map([['a', out]]),
  }),
};

function drained(how: { readonly failing?: 'catalog' | 'halts'; readonly isHalted?: true } = {}) {
  const ended: string[] = [];
  const pool: Pool = {
    acquire: () => Promise.reject(new Error('unused')),
    sessions: () => ['ses_live', 'ses_over', 'ses_unknown'] as SessionId[],
    endSession: async (id) => void ended.push(id),
    endServer: async (server) => void ended.push(server),
    endEvery: async () => void ended.push('every'),
    closeAll: async () => undefined,
  };
  const view: CatalogView = {
    epoch: 1,
    pinned: new Map(),
    servers: new Map(Object.entries(SERVERS)),
    names: nameTable(new Map()),
    promptNames: promptNameTable(new Map()),
  };
  const result = drain({
    inFlight: createInFlight(),
    approvals: { look: () => void ended.push('look') },
    tasks: { drain: async () => void ended.push('tasks') },
    pool,
    clock,
    sessions: {
      find: (id) =>
        id === 'ses_unknown'
          ? undefined
          : sessionRecord({ id, expiresAt: id === 'ses_over' ? NOW : NOW + 1 }),
    },
    halts: {
      async current() {
        if (how.failing === 'halts') throw new Error('disk');
        return how.isHalted ? { at: 1 } : undefined;
      },
    },
    catalog: {
      view() {
        if (how.failing === 'catalog') throw new Error('disk');
        return view;
      },
    },
  });
  return { result, ended };
}

describe('a drain', () => {
  it('ends sessions that are over, and servers of which nothing is usable, and no other', async () => {
    const { result, ended } = drained();
    expect((await result).cancelled).toBe(0);
    expect(ended).toEqual(['look', 'tasks', 'ses_over', 'ses_unknown', 'never approved', 'out']);
  });

  it('ends every server while everything is halted', async () => {
    const { result, ended } = drained({ isHalted: true });
    await result;
    expect(ended).toEqual(['look', 'tasks', 'every']);
  });

  it.each(['catalog', 'halts'] as const)(
    'fails when the %s cannot be read: it must not look done',
    async (failing) => {
      await expect(drained({ failing }).result).rejects.toThrow('disk');
    },
  );
});
