import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { PolicyState } from '../../src/authorize/policy-state.ts';
import { conditionMismatch, isConditional } from '../../src/authorize/rule-conditions.ts';
import { serverView } from '../../src/catalog/server-view.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { PinnedServer } from '../../src/domain/catalog-record.ts';
import type { Json } from '../../src/domain/json.ts';
import { type ConditionalTexts, conditional, NO_LINKS } from '../support/conditions.ts';
import { brief, grant, NOW } from './sample-grants.ts';

/** `files` with a prompt that has arguments, one without, and resources. */
const files = serverView(
  {
    tools: [],
    templates: [],
    prompts: [
      {
        name: 'triage',
        hash: 'h1',
        definition: {
          name: 'triage',
          arguments: [{ name: 'repo', required: true }, { name: 'label' }, { title: 'x' }, null],
        },
      },
      { name: 'bare', hash: 'h2', definition: { name: 'bare', arguments: 'none' } },
    ],
    capabilities: { resources: {} },
  } as unknown as PinnedServer,
  false,
);

const stateOf = (...rules: ConditionalTexts): PolicyState => ({
  epoch: 1,
  isHalted: false,
  grants: [grant('g', { rules: conditional(...rules) })],
  servers: new Map([['files', files]]),
  realPath: NO_LINKS,
});
const asked = (state: PolicyState, request: AccessRequest): string =>
  brief(decide(state, { subject: 'alice' }, request, NOW));
const ofPrompt = (prompt: string, args?: Json): AccessRequest => ({
  ...{ kind: 'prompt', server: 'files', prompt },
  ...(args === undefined ? {} : { args }),
});
const ofUri = (uri: string): AccessRequest => ({
  ...{ kind: 'resource', server: 'files', uri, args: { uri } },
});
const mismatch = (pattern: string, when: string) => {
  const [rule] = conditional([`+${pattern}`, when]).filter(isConditional);
  return rule && conditionMismatch(rule, new Map([['files', files]]));
};

describe('a condition on prompts', () => {
  const state = stateOf(['+prompt:files/triage', 'args.repo == "acme/site"']);

  it('decides getting it by its arguments, and lists it whatever they are', () => {
    expect(asked(state, ofPrompt('triage', { repo: 'acme/site' }))).toBe('permit g#0');
    expect(asked(state, ofPrompt('triage', { repo: 'acme/pay' }))).toBe('condition_false g#0');
    expect(asked(state, ofPrompt('triage', { repo: ['acme/site'] }))).toBe('condition_failed g#0');
    expect(asked(state, ofPrompt('triage', {}))).toBe('condition_failed g#0');
    expect(asked(state, ofPrompt('triage'))).toBe('permit g#0');
  });

  it('is checked against the approved definition of every prompt it is about', () => {
    expect(mismatch('prompt:files/triage', 'args.rep == "x"')).toEqual({
      offset: 5,
      message: 'there is no argument "rep"',
      hint: 'did you mean `repo`; known: label, repo',
      tool: 'files/triage',
    });
    expect(mismatch('prompt:files/*', 'args.repo == "x"')).toMatchObject({ tool: 'files/bare' });
    expect(mismatch('prompt:files/triage', 'args.repo < 3')).toMatchObject({
      tool: 'files/triage',
    });
    expect(mismatch('prompt:files/triage', 'has(args.label)')).toBeUndefined();
  });

  it('that does not fit permits nothing, and denies everything', () => {
    const other = ['prompt:files/*', 'args.repo == "x"'] as const;
    const permits = stateOf([`+${other[0]}`, other[1]]);
    expect(asked(permits, ofPrompt('triage', { repo: 'x' }))).toBe('no_rule');
    const denies = stateOf(['+prompt:**'], [`-${other[0]}`, other[1]]);
    expect(asked(denies, ofPrompt('triage', { repo: 'y' }))).toBe('denied_by_rule g#1');
  });
});

describe('a condition on resources', () => {
  const state = stateOf(
    ['+resource:files/**', 'args.uri.startsWith("file:///a/")'],
    ['-resource:files/**', 'args.uri.endsWith(".env")'],
  );

  it('decides reading one by its URI, and lists it whatever that is', () => {
    expect(asked(state, ofUri('file:///a/b'))).toBe('permit g#0');
    expect(asked(state, ofUri('file:///b'))).toBe('condition_false g#0');
    expect(asked(state, ofUri('file:///a/.env'))).toBe('denied_by_condition g#1');
    const listed = { kind: 'resource', server: 'files', uri: 'file:///b' } as const;
    expect(asked(state, listed)).toBe('permit g#0');
  });

  it('sees the normal form, whatever else is said of the URI', () => {
    expect(asked(state, ofUri('FILE:///a/x/../b'))).toBe('permit g#0');
    expect(asked(state, ofUri('file:///a/../b'))).toBe('condition_false g#0');
    expect(asked(state, ofUri('file:///a/%2eenv'))).toBe('denied_by_condition g#1');
    const lie = { ...ofUri('file:///b'), args: { uri: 'file:///a/b' } } as AccessRequest;
    expect(asked(state, lie)).toBe('condition_false g#0');
  });

  it('is about the URI alone', () => {
    expect(mismatch('resource:files/**', 'args.path == "x"')).toEqual({
      offset: 5,
      message: 'there is no argument "path"',
      hint: 'known: uri',
    });
    expect(mismatch('resource:files/**', 'args.uri > 3')).toBeDefined();
    expect(mismatch('resource:unseen/**', 'glob(args.uri, "file:///a/*")')).toBeUndefined();
  });
});

it('has no meaning for questions: a permit permits nothing, a deny denies', () => {
  const ask = { kind: 'ask', server: 'files', ask: 'roots' } as const;
  expect(asked(stateOf(['+ask:files/roots', 'true']), ask)).toBe('ask_not_granted');
  expect(asked(stateOf(['+ask:**'], ['-ask:files/roots', 'false']), ask)).toBe(
    'denied_by_rule g#1',
  );
});
