import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordedUse } from '../../src/admin/recorded-use.ts';
import { replayUse } from '../../src/admin/replay-use.ts';
import { hmacJson } from '../../src/audit/digest.ts';
import { redactArguments } from '../../src/audit/redact.ts';
import { storable } from '../../src/audit/storable.ts';
import { decide } from '../../src/authorize/decide.ts';
import type { GrantRule } from '../../src/authorize/grant-record.ts';
import type { PolicyState } from '../../src/authorize/policy-state.ts';
import type { AuditEvent } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { rawNumber } from '../../src/domain/raw-number.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { seen } from '../support/fakes/server-view.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';

const KEY = new Uint8Array(32).fill(7);
const NOW = Date.parse('2026-11-22T12:00:00Z');
const SECRET = 'hunter22secret';

const properties = { path: { type: 'string' }, count: { type: 'integer' }, token: {} };
const servers: PolicyState['servers'] = new Map([
  ['files', seen({ tools: new Map([['read', { hash: 'a', inputSchema: { properties } }]]) })],
]);

const CONDITIONS = [
  'args.path == "/a"',
  'args.path.contains("hunter")',
  'args.count > 3',
  'has(args.token)',
  'args.token == "x"',
  '!has(args.path) || size(args.path) > 100',
  'now > timestamp("2026-01-01T00:00:00Z")',
];

const rule: fc.Arbitrary<GrantRule> = fc.record(
  {
    effect: fc.constantFrom('permit', 'permit', 'deny'),
    pattern: fc.constantFrom('files/read', 'files/*', 'files/other'),
    line: fc.constant(6),
    when: fc.constantFrom(...CONDITIONS),
  },
  { requiredKeys: ['effect', 'pattern', 'line'] },
);

/** What a redaction changes, what only looks so, and what it leaves. */
const texts = [
  '/a',
  '/b',
  SECRET,
  `/a/${SECRET}`,
  '[redacted:key]',
  '7',
  'x'.repeat(300),
  'x\uD800',
];
const args: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      path: fc.constantFrom(...texts, 7),
      count: fc.constantFrom(1, 9, rawNumber('9007199254740993'), '9'),
      token: fc.constantFrom('x', 'abc', null),
      body: fc.constantFrom(...texts),
      [SECRET]: fc.constant('x'),
    },
    { requiredKeys: [] },
  )
  .map((made) => made as unknown as JsonObject);

describe('a use that is replayed from the log', () => {
  it(
    'is decided as it was with all it was made of, or not at all',
    () => {
      let [decided, undecidable] = [0, 0];
      fc.assert(
        fc.property(
          fc.array(fc.array(rule, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
          args,
          fc.constantFrom('redacted' as const, 'full' as const, 'digest' as const),
          (grants, sent, mode) => {
            const state: PolicyState = {
              epoch: 1,
              isHalted: false,
              grants: grants.map((rules, at) => grantRecord({ id: `g${at}`, rules })),
              servers,
            };
            const target = { kind: 'tool', server: 'files', tool: 'read' } as const;
            const asker = { subject: 'alice' };
            const kept = redactArguments(sent, mode, [SECRET]);
            const event = {
              ...{ seq: 1, at: NOW * 1000, code: 'TG1001', subject: 'alice' },
              ...{ server: 'files', tool: 'read', argsHmac: hmacJson(KEY, sent) },
              ...(kept === undefined ? {} : { args: storable(kept) }),
            } as unknown as AuditEvent;
            const use = recordedUse(event, KEY);
            if (use === undefined) throw new Error('no use');
            const replay = replayUse(state, asker, use, NOW);
            if (replay.kind === 'undecidable') {
              undecidable += 1;
              return;
            }
            decided += 1;
            const truth = decide(state, asker, { ...target, args: sent }, NOW);
            expect(replay.reason === 'permitted').toBe(truth.kind === 'permit');
          },
        ),
        runs(1_000),
      );
      expect(decided).toBeGreaterThan(100);
      expect(undecidable).toBeGreaterThan(20);
    },
    PATIENCE_MS,
  );
});
