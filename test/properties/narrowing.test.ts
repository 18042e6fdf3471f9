import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import { type ApplyMode, type ParsedFile, planApply } from '../../src/authorize/plan-apply.ts';
import type { PolicyState } from '../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import { type DecisionCase, Dice, makeCase, NOW } from '../support/decision-cases.ts';
import { globMatches } from '../support/glob-oracle.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';

const REQUESTS = 8;

/** Any grants, catalog and client, and requests of which many are nearly permitted. */
const cases = fc
  .integer({ min: 0, max: 2 ** 32 - 1 })
  .map((seed) => ({ seed, made: makeCase(new Dice(seed), REQUESTS) }));

/** The requests of a case that are permitted under these grants. */
const permitted = ({ state, asker, requests }: DecisionCase, grants: PolicyState['grants']) =>
  requests.filter((request) => decide({ ...state, grants }, asker, request, NOW).kind === 'permit');

const denies = (grant: GrantRecord): readonly string[] =>
  grant.rules.filter(({ effect }) => effect === 'deny').map(({ pattern }) => pattern);

/** Whether some deny rule of a grant is about a request; one that cannot be read is about all of its kind. */
const isDeniedBy = (grant: GrantRecord, request: AccessRequest): boolean =>
  denies(grant).some((pattern) => {
    const [, kind = 'tool', glob = ''] = /^(?:(prompt|resource|ask):)?(.*)$/s.exec(pattern) ?? [];
    const isAbout = (name: string) =>
      'server' in request && (globMatches(glob, `${request.server}/${name}`) ?? true);
    if (request.kind === 'server') return true;
    if (kind === 'resource') return request.kind === 'resource' || request.kind === 'template';
    if (request.kind !== kind) return false;
    if (request.kind === 'tool') return isAbout(request.tool);
    if (request.kind === 'prompt') return isAbout(request.prompt);
    return request.kind === 'ask' && isAbout(request.ask);
  });

describe('revoking any grant', { timeout: PATIENCE_MS }, () => {
  it('permits nothing that was not permitted before, but what its own deny rules held back', () => {
    let lifted = 0;
    let taken = 0;
    fc.assert(
      fc.property(cases, fc.nat(), ({ made }, choice) => {
        const { grants } = made.state;
        const revoked = grants[choice % Math.max(1, grants.length)];
        if (revoked === undefined) return;
        const before = permitted(made, grants);
        const tombstone = grants.map((each) =>
          each === revoked ? { ...each, revokedAt: NOW } : each,
        );
        const after = permitted(made, tombstone);
        expect(after).toEqual(
          permitted(
            made,
            grants.filter((each) => each !== revoked),
          ),
        );
        const more = after.filter((request) => !before.includes(request));
        expect(more.filter((request) => !isDeniedBy(revoked, request))).toEqual([]);
        lifted += more.length;
        taken += before.filter((request) => !after.includes(request)).length;
      }),
      runs(2_000),
    );
    expect([lifted > 0, taken > 0]).toEqual([true, true]);
  });
});

describe('grant files that apply by themselves', { timeout: PATIENCE_MS }, () => {
  /** What is in force after the plan: what it puts, over what was applied. */
  function applied(before: readonly GrantRecord[], files: readonly ParsedFile[], mode: ApplyMode) {
    const plan = planApply({ files, applied: before, mode, prune: true, reinstate: [] });
    const after = new Map(before.map((each) => [each.id, each]));
    for (const { id, file, put } of plan.entries) {
      const revision = (after.get(id)?.revision ?? 0) + 1;
      if (put !== undefined) after.set(id, { ...put, file, revision, appliedAt: NOW });
    }
    return [...after.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  const asFile = (grant: GrantRecord, isMarked: boolean): ParsedFile => {
    const { revision: _, file, appliedAt: __, revokedAt: ___, ...document } = grant;
    const mark = isMarked ? { markedRevoked: NOW } : {};
    return { file, text: '', parsed: { ok: true, document, ...mark } };
  };

  it('permit nothing that was not permitted before, whatever they say', () => {
    let changed = 0;
    let waiting = 0;
    fc.assert(
      fc.property(cases, cases, fc.constantFrom(0, 0, 1, 5), ({ made }, other, marks) => {
        const before = made.state.grants;
        const next = other.made.state.grants.map((each, index) =>
          asFile(each, (marks & (1 << index)) !== 0),
        );
        const held = permitted(made, before);
        const after = permitted(made, applied(before, next, 'auto'));
        expect(after.filter((request) => !held.includes(request))).toEqual([]);
        if (after.length < held.length) changed += 1;
        if (permitted(made, applied(before, next, 'apply')).length > after.length) waiting += 1;
      }),
      runs(200),
    );
    expect([changed > 0, waiting > 0]).toEqual([true, true]);
  });
});
