import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import { explain } from '../../src/authorize/explain.ts';
import type { PolicyState } from '../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import { seen, UNSEEN } from '../support/fakes/server-view.ts';
import { grant, NOW, rules } from './sample-grants.ts';

const pin = (...names: readonly string[]) => new Map(names.map((name) => [name, { hash: name }]));

/** A template that takes as long as one can to be compared with rules. */
const HOSTILE = `docs://h/${'a{x}'.repeat(200)}`;

const under = (...texts: readonly string[]): PolicyState => ({
  epoch: 1,
  isHalted: false,
  grants: [grant('g', { rules: rules(...texts) })],
  servers: new Map([
    [
      'hub',
      seen({
        prompts: new Map([
          ['triage', { hash: 'p1' }],
          ['old', { hash: 'p2', quarantine: 'drifted' }],
          ['new', { hash: 'p3', quarantine: 'unapproved' }],
          ['out', { hash: 'p4', quarantine: 'by_admin' }],
        ]),
        templates: pin(
          'file:///home/{user}',
          'docs://h/{a}/b',
          '{+uri}',
          'file:///{a}%2F{b}',
          'docs://h',
          HOSTILE,
        ),
        hasResources: true,
      }),
    ],
    ['bare', seen()],
    ['waiting', seen({ isAwaitingApproval: true })],
    ['unseen', UNSEEN],
  ]),
});

const asked = (request: AccessRequest, ...texts: readonly string[]): string => {
  const decision = decide(under(...texts), { subject: 'alice' }, request, NOW);
  return decision.kind === 'permit' ? decision.rule.pattern : decision.reason;
};

const prompt = (name: string, server = 'hub') =>
  ({ kind: 'prompt', server, prompt: name }) as const;
const resource = (uri: string, server = 'hub') => ({ kind: 'resource', server, uri }) as const;
const template = (text: string, server = 'hub') =>
  ({ kind: 'template', server, template: text }) as const;
const ask = (what: string, server = 'hub') => ({ kind: 'ask', server, ask: what }) as const;
const server = (name: string, needs?: 'resources') =>
  ({ kind: 'server', server: name, ...(needs === undefined ? {} : { needs }) }) as const;

describe('a prompt', () => {
  it.each<[AccessRequest, string, readonly string[]]>([
    [prompt('triage'), 'prompt:hub/*', ['+prompt:hub/*']],
    [prompt('triage'), 'no_rule', ['+hub/*', '+**', '+resource:**', '+ask:**']],
    [prompt('triage'), 'denied_by_rule', ['+prompt:hub/*', '-prompt:*/t*']],
    [prompt('triage'), 'prompt:hub/*', ['+prompt:hub/*', '-**', '-resource:**', '-ask:**']],
    [prompt('old'), 'item_drifted', ['+prompt:hub/*']],
    [prompt('new'), 'item_unapproved', ['+prompt:hub/*']],
    [prompt('out'), 'item_quarantined', ['+prompt:hub/*']],
    [prompt('none'), 'item_unknown', ['+prompt:hub/*']],
    [prompt('triage', 'unseen'), 'item_unknown', ['+prompt:**']],
    [prompt('triage', 'waiting'), 'item_unapproved', ['+prompt:**']],
    [prompt('triage', 'gone'), 'server_unknown', ['+prompt:**']],
    [prompt('a'.repeat(1_025)), 'item_unknown', ['+prompt:**']],
  ])('%j is decided as %s under %j', (request, outcome, texts) => {
    expect(asked(request, ...texts)).toBe(outcome);
  });

  it('is permitted with the hash it was pinned with', () => {
    const decision = decide(under('+prompt:hub/*'), { subject: 'alice' }, prompt('triage'), NOW);
    expect(decision).toMatchObject({ kind: 'permit', definitionHash: 'p1' });
  });
});

describe('a resource', () => {
  it.each<[AccessRequest, string, readonly string[]]>([
    [resource('docs://h/a'), 'resource:hub/docs://h/*', ['+resource:hub/docs://h/*']],
    [resource('DOCS://H/./a'), 'resource:hub/docs://h/*', ['+resource:hub/docs://h/*']],
    [resource('docs://h/a/b'), 'no_rule', ['+resource:hub/docs://h/*']],
    [resource('docs://h/a'), 'no_rule', ['+**', '+prompt:**', '+ask:**']],
    [resource('docs://h/a'), 'denied_by_rule', ['+resource:**', '-resource:hub/**']],
    [resource('docs://h//a'), 'uri_ambiguous', ['+resource:**']],
    [resource('docs://h//a'), 'uri_ambiguous', ['+resource:**', '-resource:bare/**', '-**']],
    [resource('docs://h//a'), 'denied_by_rule', ['+resource:**', '-resource:hub/file:///x']],
    [resource('docs://h/a', 'bare'), 'item_unknown', ['+resource:**']],
    [resource('docs://h/a', 'unseen'), 'item_unknown', ['+resource:**']],
    [resource('docs://h/a', 'waiting'), 'item_unapproved', ['+resource:**']],
    [resource('docs://h/a', 'gone'), 'server_unknown', ['+resource:**']],
  ])('%j is decided as %s under %j', (request, outcome, texts) => {
    expect(asked(request, ...texts)).toBe(outcome);
  });
});

describe('a resource template', () => {
  it.each<[AccessRequest, string, readonly string[]]>([
    [template('file:///home/{user}'), 'resource:hub/**', ['+resource:hub/**']],
    [
      template('file:///home/{user}'),
      'resource:hub/file:///home/bob',
      ['+resource:hub/file:///home/bob'],
    ],
    [template('file:///home/{user}'), 'no_rule', ['+resource:hub/file:///etc/*']],
    [template('file:///home/{user}'), 'no_rule', ['+**', '+prompt:**']],
    [
      template('file:///home/{user}'),
      'denied_by_rule',
      ['+resource:hub/**', '-resource:hub/file:**'],
    ],
    [
      template('file:///home/{user}'),
      'resource:hub/**',
      ['+resource:hub/**', '-resource:hub/file:///home/bob'],
    ],
    [template('docs://h/{a}/b'), 'no_rule', ['+resource:hub/docs://h/*/c']],
    [template('{+uri}'), 'resource:hub/urn:a', ['+resource:hub/urn:a']],
    [
      template('file:///home/{user}'),
      'resource:hub/file:///home/',
      ['+resource:hub/file:///home/'],
    ],
    [template('docs://h'), 'resource:hub/docs://*', ['+resource:hub/docs://*']],
    [template('docs://h'), 'denied_by_rule', ['+resource:hub/**', '-resource:hub/docs://h']],
    [template(HOSTILE), 'resource:hub/**', ['+resource:hub/**']],
    // Whether anything is left takes too long to tell: then nothing is.
    [template(HOSTILE), 'denied_by_rule', ['+resource:hub/**', '-resource:hub/**/?*a*b*c']],
    // None of its URIs has a normal form.
    [template('file:///{a}%2F{b}'), 'no_rule', ['+resource:hub/**']],
    [template('docs://h/{other}'), 'item_unknown', ['+resource:hub/**']],
    [template('docs://h/{a', 'hub'), 'no_rule', ['+resource:hub/**']],
    [template('{+uri}', 'waiting'), 'item_unapproved', ['+resource:**']],
    [template('{+uri}', 'unseen'), 'item_unknown', ['+resource:**']],
  ])('%j is decided as %s under %j', (request, outcome, texts) => {
    expect(asked(request, ...texts)).toBe(outcome);
  });
});

describe('what a tool server asks', () => {
  it.each<[AccessRequest, string, readonly string[]]>([
    [ask('elicitation'), 'ask:hub/*', ['+ask:hub/*']],
    [ask('roots'), 'ask:**', ['+ask:**']],
    [ask('sampling'), 'ask_not_granted', ['+ask:hub/elicitation']],
    [ask('sampling'), 'ask_not_granted', ['+**', '+prompt:**', '+resource:**']],
    [ask('sampling'), 'denied_by_rule', ['+ask:**', '-ask:*/sampling']],
    [ask('elicitations'), 'ask_not_granted', ['+ask:**']],
    [ask('tools'), 'ask_not_granted', ['+ask:**']],
    [ask('roots', 'waiting'), 'item_unapproved', ['+ask:**']],
    [ask('roots', 'gone'), 'server_unknown', ['+ask:**']],
  ])('%j is decided as %s under %j', (request, outcome, texts) => {
    expect(asked(request, ...texts)).toBe(outcome);
  });

  it('follows expiry as everything does', () => {
    const state = { ...under(), grants: [grant('g', { expiresAt: NOW, rules: rules('+ask:**') })] };
    expect(decide(state, { subject: 'alice' }, ask('roots'), NOW)).toMatchObject({
      reason: 'grant_expired',
    });
  });
});

describe('a tool server', () => {
  it.each<[AccessRequest, string, readonly string[]]>([
    [server('hub'), 'prompt:hub/triage', ['+prompt:hub/triage']],
    [server('hub'), 'item_drifted', ['+prompt:hub/old']],
    [server('hub'), 'resource:hub/urn:a', ['+resource:hub/urn:a']],
    [server('hub'), 'denied_by_rule', ['+resource:hub/urn:a', '-resource:hub/**']],
    [server('hub'), 'no_rule', ['+ask:hub/*']],
    [server('hub', 'resources'), 'no_rule', ['+prompt:hub/triage']],
    [server('hub', 'resources'), 'resource:**', ['+resource:**']],
    [server('bare', 'resources'), 'item_unknown', ['+resource:**']],
    [server('waiting', 'resources'), 'item_unapproved', ['+resource:**']],
    [server('unseen'), 'prompt:unseen/x', ['+prompt:unseen/x']],
    [server('unseen'), 'resource:unseen/**', ['+resource:unseen/**', '-**', '-prompt:**']],
    [server('unseen', 'resources'), 'no_rule', ['+prompt:unseen/x']],
    [server('unseen'), 'no_rule', ['+ask:unseen/*']],
  ])('%j is decided as %s under %j', (request, outcome, texts) => {
    expect(asked(request, ...texts)).toBe(outcome);
  });
});

describe('what would change a no', () => {
  it.each<[AccessRequest, readonly string[], string, string | undefined]>([
    [prompt('triage'), [], 'grant create alice --permit prompt:hub/triage --ttl 8h', undefined],
    [
      resource('DOCS://h/./a{b}'.replace('{b}', '*')),
      [],
      'grant create alice --permit resource:hub/docs://h/a? --ttl 8h',
      undefined,
    ],
    [ask('roots'), [], 'grant create alice --permit ask:hub/roots --ttl 8h', undefined],
    [ask('tools'), ['+ask:**'], '', 'no rule lets tool servers ask this of clients'],
    [prompt('old'), ['+prompt:**'], 'tools approve hub', undefined],
    [prompt('out'), ['+prompt:**'], 'tools approve hub prompt:out', undefined],
    [prompt('none'), [], '', 'hub has no such prompt'],
    [resource('urn:a', 'bare'), [], '', 'bare has no resources'],
    [resource('urn:a#b'), [], '', 'ask for it by a URI with a scheme'],
    [resource('urn:a#b'), ['-resource:hub/**'], 'grant apply', 'change or remove grants/g.yaml:10'],
  ])('%j under %j: %s', (request, texts, remedy, note) => {
    const found = explain(under(...texts), { subject: 'alice' }, request, NOW);
    expect([found.allowed, found.remedy.join(' ')]).toEqual([false, remedy]);
    if (note !== undefined) expect(found.remedyNote).toContain(note);
  });
});
