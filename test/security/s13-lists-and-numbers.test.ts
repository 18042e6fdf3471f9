import { describe, expect, it } from 'vitest';
import { compileCondition } from '../../src/authorize/cel.ts';
import { decide } from '../../src/authorize/decide.ts';
import type { Json } from '../../src/domain/json.ts';
import { NOW } from '../authorize/sample-grants.ts';
import { type ConditionalTexts, conditional, schemaOf, stateOf } from '../support/conditions.ts';
import { seen } from '../support/fakes/server-view.ts';

const LISTS = {
  paths: { type: 'array', items: { type: 'string' } },
  counts: { type: 'array', items: { type: 'integer' } },
  files: { type: 'array', items: { type: 'object' } },
};

function answer(rules: ConditionalTexts, args: Json): string {
  const tools = new Map([['tool', { hash: 'h', inputSchema: schemaOf(LISTS) }]]);
  const state = { ...stateOf(conditional(...rules)), servers: new Map([['s', seen({ tools })]]) };
  const request = { kind: 'tool', server: 's', tool: 'tool', args } as const;
  const decision = decide(state, { subject: 'alice' }, request, NOW);
  return decision.kind === 'permit' ? 'permit' : decision.reason;
}

const permits = (when: string, args: Json) => answer([['+s/tool', when]], args);
const denies = (when: string, args: Json) => answer([['+s/tool'], ['-s/tool', when]], args);

describe('a list with items of another type (S13)', () => {
  it.each<readonly [when: string, args: Json]>([
    ['!("/secret" in args.paths)', { paths: [['/secret']] }],
    ['!("/secret" in args.paths)', { paths: ['/a', { path: '/secret' }] }],
    ['args.paths.size() < 3', { paths: [['/a', '/b', '/c', '/d']] }],
    ['args.paths[0] == "/a"', { paths: ['/a', ['/secret']] }],
    ['!(7 in args.counts)', { counts: ['7'] }],
    ['!(7 in args.counts)', { counts: [7.5] }],
    ['args.files.all(file, !has(file.mode))', { files: ['mode=777'] }],
    ['args.files.all(file, !has(file.mode))', { files: [[{ mode: 777 }]] }],
    ['args.files.all(file, !has(file.mode))', { files: [null] }],
  ])('is permitted by no %s: %j', (when, args) => {
    expect(permits(when, args)).toBe('condition_failed');
  });

  it.each<readonly [when: string, args: Json]>([
    ['"/secret" in args.paths', { paths: [['/secret']] }],
    ['7 in args.counts', { counts: ['7'] }],
    ['args.files.exists(file, has(file.mode))', { files: [[{ mode: 777 }]] }],
  ])('is denied by %s: %j', (when, args) => {
    expect(denies(when, args)).toBe('condition_failed');
  });

  it('is no matter where its items are what they are to be', () => {
    expect(permits('!("/secret" in args.paths)', { paths: ['/a'] })).toBe('permit');
    expect(permits('!(7 in args.counts)', { counts: [5, 6.0] })).toBe('permit');
    expect(permits('args.files.all(file, !has(file.mode))', { files: [{}] })).toBe('permit');
    expect(permits('args.paths.size() == 0', { paths: [] })).toBe('permit');
  });

  it('matters to nothing that does not look at it', () => {
    expect(permits('subject == "alice" || "/a" in args.paths', { paths: [[]] })).toBe('permit');
  });
});

describe('a text that is read as a number (S13)', () => {
  // `int("")` is 0, `int("0b11")` is 3, `double("NaN")` is neither more nor less than any limit.
  it.each(['int(args.any) <= 100', '!(double(args.any) > 100.0)'])(
    'is in no condition: %s',
    (when) => {
      const compiled = compileCondition(when, undefined);
      expect(compiled.ok ? undefined : compiled.problem.message).toMatch(/^unknown function/);
    },
  );
});
