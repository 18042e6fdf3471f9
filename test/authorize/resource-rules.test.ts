import { describe, expect, it } from 'vitest';
import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import type { PolicyState } from '../../src/authorize/policy-state.ts';
import { resourceRules } from '../../src/authorize/resource-rules.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';

const files = {
  tools: new Map(),
  prompts: new Map(),
  templates: new Map(),
  hasResources: true,
};
const servers = new Map([
  ['files', files],
  ['plain', { ...files, hasResources: false }],
]);

function rules(
  server: string,
  grants: readonly Partial<GrantRecord>[],
  more: Partial<PolicyState> = {},
) {
  const state = { epoch: 1, isHalted: false, grants: grants.map(grantRecord), servers, ...more };
  return resourceRules(state, { subject: 'alice' }, server, 1_000);
}
const grant = (...patterns: readonly string[]): Partial<GrantRecord> => ({
  rules: patterns.map((text) => {
    const [effect, pattern = ''] = text.split(' ');
    return { effect: effect === 'deny' ? 'deny' : 'permit', pattern, line: 1 };
  }),
});

describe('the rules that could give resources of a tool server', () => {
  it('are those that could match under it, sorted, each once', () => {
    const both = grant(
      'permit resource:files/file:///b/**',
      'permit resource:{files,other}/file:///a/**',
      'permit resource:other/**',
      'permit files/**',
      'deny resource:files/file:///b/secret',
    );
    expect(rules('files', [both, grant('permit resource:files/file:///b/**')])).toEqual([
      'deny resource:files/file:///b/secret',
      'permit resource:files/file:///b/**',
      'permit resource:{files,other}/file:///a/**',
    ]);
  });

  it.each([
    ['nothing is permitted', 'files', [grant('deny resource:files/**')], {}],
    ['it has no resources', 'plain', [grant('permit resource:plain/**')], {}],
    ['it is not configured', 'other', [grant('permit resource:other/**')], {}],
    ['everything is halted', 'files', [grant('permit resource:files/**')], { isHalted: true }],
    [
      'the grant has expired',
      'files',
      [{ ...grant('permit resource:files/**'), expiresAt: 1 }],
      {},
    ],
  ] as const)('are none when %s', (_what, server, grants, more) => {
    expect(rules(server, grants, more)).toEqual([]);
  });
});
