import * as schemas from '@modelcontextprotocol/core/internal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TASKS_2026 } from '../../src/answer/task-support.ts';
import type { BrokerReply } from '../../src/domain/broker.ts';
import type { Era } from '../../src/domain/era.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { METHODS } from '../../src/methods.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

/** What a method touches: something of a tool server, a list from pins, the broker alone, or nothing. */
type Surface =
  | {
      readonly of: 'tool' | 'prompt' | 'resource' | 'template' | 'resources';
      readonly params: JsonObject;
    }
  | { readonly of: 'list'; readonly key: string; readonly kind: 'tool' | 'prompt' | 'template' }
  | { readonly of: 'broker'; readonly params?: JsonObject }
  /** A task somebody else's, or nobody's, made: its right is that of the call that made it. */
  | { readonly of: 'task' }
  /** The faces carry it to `Broker.listen`. */
  | { readonly of: 'listen' }
  | { readonly of: 'closed' };

const BOTH: readonly Era[] = ['2025', '2026'];
const OLD: readonly Era[] = ['2025'];
const NEW: readonly Era[] = ['2026'];
const uri = 's://item/1';

/** Every method a client may send by the two schemas. One that is missing here fails a test below. */
const SURFACES: Readonly<
  Record<string, { readonly eras: readonly Era[]; readonly surface: Surface }>
> = {
  ping: { eras: OLD, surface: { of: 'broker' } },
  initialize: { eras: OLD, surface: { of: 'broker' } },
  'server/discover': { eras: NEW, surface: { of: 'broker' } },
  'logging/setLevel': { eras: OLD, surface: { of: 'broker', params: { level: 'info' } } },
  'tools/list': { eras: BOTH, surface: { of: 'list', key: 'tools', kind: 'tool' } },
  'prompts/list': { eras: BOTH, surface: { of: 'list', key: 'prompts', kind: 'prompt' } },
  'resources/templates/list': {
    eras: BOTH,
    surface: { of: 'list', key: 'resourceTemplates', kind: 'template' },
  },
  'tools/call': { eras: BOTH, surface: { of: 'tool', params: { name: 's__read' } } },
  'prompts/get': { eras: BOTH, surface: { of: 'prompt', params: { name: 's__triage' } } },
  'completion/complete': {
    eras: BOTH,
    surface: {
      of: 'template',
      params: {
        ref: { type: 'ref/resource', uri: 's://item/{id}' },
        argument: { name: 'id', value: '' },
      },
    },
  },
  'resources/list': { eras: BOTH, surface: { of: 'resources', params: {} } },
  'resources/read': { eras: BOTH, surface: { of: 'resource', params: { uri } } },
  'resources/subscribe': { eras: OLD, surface: { of: 'resource', params: { uri } } },
  'resources/unsubscribe': { eras: OLD, surface: { of: 'resource', params: { uri } } },
  'subscriptions/listen': { eras: NEW, surface: { of: 'listen' } },
  'tasks/get': { eras: BOTH, surface: { of: 'task' } },
  'tasks/result': { eras: OLD, surface: { of: 'task' } },
  'tasks/update': { eras: NEW, surface: { of: 'task' } },
  'tasks/list': { eras: OLD, surface: { of: 'closed' } },
  'tasks/cancel': { eras: BOTH, surface: { of: 'task' } },
};

/** Methods no schema knows for a client, some made to be taken for one that it does. */
const UNKNOWN = [
  'tools/run',
  'Tools/Call',
  'tools/call ',
  'tools/call#task',
  'tools/call\u0000',
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
  'notifications/initialized',
  '__proto__',
  'constructor',
  'toString',
  '',
];

/** Every kind of grant, by the subject who has it, and what it opens. */
const GRANTS: Readonly<
  Record<string, { readonly rules: readonly string[]; readonly opens: readonly string[] }>
> = {
  nobody: { rules: [], opens: [] },
  tools: { rules: ['permit: s/*'], opens: ['tool'] },
  prompts: { rules: ['permit: prompt:s/*'], opens: ['prompt'] },
  resources: { rules: ['permit: resource:s/**'], opens: ['resource', 'resources', 'template'] },
  asks: { rules: ['permit: ask:s/*'], opens: [] },
  other: {
    rules: ['permit: t/**', 'permit: prompt:t/*', 'permit: resource:t/t://**', 'permit: ask:t/*'],
    opens: [],
  },
  everything: {
    rules: ['permit: s/**', 'permit: prompt:s/*', 'permit: resource:s/**', 'permit: ask:s/*'],
    opens: ['tool', 'prompt', 'resource', 'resources', 'template'],
  },
  denied: {
    rules: [
      'permit: s/**',
      'permit: prompt:s/*',
      'permit: resource:s/**',
      'deny: s/**',
      'deny: prompt:s/**',
      'deny: resource:s/**',
    ],
    opens: [],
  },
  expired: { rules: ['permit: s/**', 'permit: prompt:s/*', 'permit: resource:s/**'], opens: [] },
  elsewhere: { rules: ['permit: s/**', 'permit: prompt:s/*', 'permit: resource:s/**'], opens: [] },
};

let world: WholeWorld;

beforeAll(async () => {
  world = await WholeWorld.open({ s: wholeServer('s'), t: wholeServer('t') });
  for (const [subject, { rules }] of Object.entries(GRANTS)) {
    if (subject === 'nobody') continue;
    await world.grant(subject, rules, {
      ...(subject === 'expired' ? { lifeMs: 1 } : {}),
      ...(subject === 'elsewhere' ? { clients: ['desktop'] } : {}),
    });
  }
  world.clock.advance(1_000);
  // Both servers are known: what follows starts nothing for a first look.
  await world.ask('everything', 'tools/list');
  await world.ask('other', 'tools/list');
});
afterAll(() => world.close());

const codeOf = (reply: BrokerReply): number | string =>
  reply.kind === 'error' ? reply.error.code : reply.kind;

const NOT_THERE: Readonly<Record<Era, Readonly<Record<string, number>>>> = {
  '2025': { tool: -32602, prompt: -32602, template: -32602, resource: -32002 },
  '2026': { tool: -32602, prompt: -32602, template: -32602, resource: -32602 },
};

async function asked(subject: string, era: Era, method: string, params: JsonObject) {
  await world.requests();
  const before = world.servers.reached.length;
  const reply = await world.ask(subject, method, params, { era, capabilities: TASKS_2026 });
  const reached = world.servers.reached.slice(before);
  return {
    reply,
    reached: reached.map((one) => `${one.server} ${one.method}`),
    events: await world.requests(),
  };
}

describe('S10 the table of methods', () => {
  it('has every method that a schema lets a client send', () => {
    const asks = new Set(methodsOf(schemas.ServerRequestSchema.options));
    const known = methodsOf(
      Object.entries(schemas)
        .filter(([name]) => name.endsWith('RequestSchema'))
        .map(([, schema]) => schema),
    );
    const sent = known.filter((method) => method === 'ping' || !asks.has(method));
    expect(sent.length).toBeGreaterThan(15);
    expect(sent.filter((method) => !Object.hasOwn(SURFACES, method))).toEqual([]);
  });

  it('opens no method that this one does not have', () => {
    for (const era of BOTH) {
      const open = Object.entries(SURFACES)
        .filter(
          ([, { eras, surface }]) =>
            eras.includes(era) && !['closed', 'listen'].includes(surface.of),
        )
        .map(([method]) => method);
      expect(Object.keys(METHODS[era]).sort()).toEqual(open.sort());
    }
  });
});

describe.each(BOTH)('S10 every method × every kind of grant (%s)', (era) => {
  describe.each(Object.entries(GRANTS))('%s', (subject, { opens }) => {
    it.each(Object.entries(SURFACES))('%s', async (method, { eras, surface }) => {
      const params = 'params' in surface ? (surface.params ?? {}) : {};
      const { reply, reached, events } = await asked(subject, era, method, params);
      const reasons = events.map(({ code, reason }) => [code, reason]);
      if (!eras.includes(era) || surface.of === 'closed' || surface.of === 'listen') {
        expect([codeOf(reply), reached, reasons]).toEqual([
          -32601,
          [],
          [['TG1004', 'surface_closed']],
        ]);
        return;
      }
      switch (surface.of) {
        case 'broker':
          expect([codeOf(reply), reached, reasons]).toEqual(['result', [], []]);
          return;
        case 'task':
          expect([codeOf(reply), reached, reasons]).toEqual([
            -32602,
            [],
            [['TG1004', 'handle_invalid']],
          ]);
          return;
        case 'list': {
          const listed = reply.kind === 'result' ? reply.result[surface.key] : undefined;
          const count = opens.includes(surface.kind) ? 2 : subject === 'other' ? 2 : 0;
          expect([listed, reached, reasons]).toEqual([expect.any(Array), [], []]);
          expect((listed as readonly unknown[]).length).toBe(count);
          return;
        }
        case 'resources': {
          const server = opens.includes('resources') ? 's' : subject === 'other' ? 't' : undefined;
          expect(codeOf(reply)).toBe('result');
          expect(reached).toEqual(server === undefined ? [] : [`${server} resources/list`]);
          expect(events.map(({ code }) => code)).toEqual(
            server === undefined ? [] : ['TG1001', 'TG1002'],
          );
          return;
        }
        default:
          if (opens.includes(surface.of)) {
            expect([codeOf(reply), reached]).toEqual(['result', [`s ${method}`]]);
            expect(events.map(({ code }) => code)).toEqual(['TG1001', 'TG1002']);
          } else {
            expect([codeOf(reply), reached]).toEqual([NOT_THERE[era][surface.of], []]);
            expect(events.map(({ code }) => code)).toEqual(['TG1003']);
          }
      }
    });

    it('a method nobody knows', async () => {
      for (const method of UNKNOWN) {
        const { reply, reached, events } = await asked(subject, era, method, {
          name: 's__read',
          uri,
        });
        expect([method, codeOf(reply), reached]).toEqual([method, -32601, []]);
        expect(events.map(({ reason }) => reason)).toEqual(['surface_closed']);
      }
    });
  });
});

describe('S10 every question of a tool server × every kind of grant', () => {
  it.each(Object.keys(GRANTS))('%s', async (subject) => {
    const kinds = methodsOf(schemas.ServerRequestSchema.options).map(
      (method) => method.split('/')[0],
    );
    expect(kinds.length).toBeGreaterThan(2);
    for (const ask of new Set([...kinds, 'anything', '', '*', 'constructor'])) {
      const decision = await world.decide(subject, { kind: 'ask', server: 's', ask: ask ?? '' });
      const isNamed = ['elicitation', 'sampling', 'roots'].includes(ask ?? '');
      const isOpen = isNamed && ['asks', 'everything'].includes(subject);
      expect([ask, decision.kind]).toEqual([ask, isOpen ? 'permit' : 'deny']);
    }
  });
});

/** The methods that request schemas name. */
function methodsOf(from: readonly unknown[]): readonly string[] {
  return from
    .map((schema) => (schema as { shape?: { method?: { value?: unknown } } }).shape?.method?.value)
    .filter((method): method is string => typeof method === 'string');
}
