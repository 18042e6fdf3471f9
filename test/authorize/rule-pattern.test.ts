import { describe, expect, it } from 'vitest';
import { newEffort } from '../../src/authorize/glob-cover.ts';
import { isCoveredBy, patternProblem, unmatchedServers } from '../../src/authorize/rule-pattern.ts';
import { grant, rules } from './sample-grants.ts';

describe('a pattern with a kind', () => {
  it.each([
    'prompt:github/*',
    'prompt:**',
    'prompt:*/{review,triage}_?',
    'resource:**',
    'resource:files/**',
    'resource:files/*',
    'resource:files/file:///home/alice/project/**',
    'resource:files/file://**',
    'resource:files/file:**',
    'resource:files/file:///home/{alice,bob}/*.md',
    'resource:files/**/secret*',
    'resource:files/**.pdf',
    'resource:**/secret',
    'resource:{files,docs}/docs://h/**',
    'resource:web/https://**',
    'resource:web/https://*.example.com/**',
    'resource:web/http://localhost:*/**',
    'resource:web/*://example.com/**',
    'resource:web/http{,s}://example.com/a?q=*',
    'resource:db/postgres://me@db:5432/shop/*/schema',
    'resource:notes/note:inbox/*',
    'resource:a/urn:isbn:*',
    'resource:files/file:///My%20Docs/caf%C3%A9/**',
    'resource:memo/memo://insights',
    'ask:github/elicitation',
    'ask:*/{elicitation,roots}',
    'ask:github/*',
    'ask:**',
  ])('%s is a rule', (pattern) => {
    expect(patternProblem(pattern)).toBeUndefined();
  });

  it.each<[string, string, string | undefined]>([
    ['prompt:github', 'a pattern names a server and a prompt', 'write `prompt:github/*`'],
    ['resource:files', 'a pattern names a server and a URI', 'write `resource:files/**`'],
    ['ask:github', 'a pattern names a server and what it asks', 'write `ask:github/elicitation`'],
    ['prompt:', 'a pattern names a server and a prompt', 'write `prompt:**` for everything'],
    ['prompt:*', 'a pattern names a server and a prompt', 'write `prompt:**` for everything'],
    ['*', 'a pattern names a server and a tool', 'write `**` for everything'],
    ['prompt:/x', 'no `prompt:server/name` can match', undefined],
    ['resource:file:///home/**', 'no `resource:server/uri` can match', undefined],
    ['prompt:prompt:a/b', 'no `prompt:server/name` can match', 'did you mean `prompt:`?'],
    // A kind that is none.
    ['prompts:github/*', 'no `server/tool` can match', 'did you mean `prompt:`?'],
    ['Resource:files/**', 'no `server/tool` can match', 'did you mean `resource:`?'],
    ['resources:files/**', 'no `server/tool` can match', 'did you mean `resource:`?'],
    ['tool:files/*', 'no `server/tool` can match', 'a rule about tools has no prefix'],
    ['template:f/x', 'no `server/tool` can match', 'templates follow the rules on `resource:`'],
    ['{prompt:,}github/*', 'a kind such as `prompt:` stands at the start', 'write a rule for each'],
    ['{resource:a,b}/c', 'a kind such as `prompt:` stands at the start', 'write a rule for each'],
    // What tool servers do not ask.
    [
      'ask:github/elicitations',
      'tool servers ask for `elicitation`',
      'did you mean `elicitation`?',
    ],
    ['ask:github/sampling/createMessage', 'tool servers ask for `elicitation`', undefined],
    ['ask:github/x', 'tool servers ask for `elicitation`', undefined],
    // What no normal form of a URI is.
    [
      'resource:files//home/alice/**',
      'a pattern for resources names a URI',
      'such as `resource:files/file:///home/alice/**`',
    ],
    [
      'resource:files/readme',
      'a pattern for resources names a URI',
      'such as `resource:files/file:///**`',
    ],
    ['resource:web/HTTPS://h/**', 'no URI can match', 'write `resource:web/https://h/**`'],
    [
      'resource:web/https://Example.com/*',
      'no URI can match',
      'write `resource:web/https://example.com/*`',
    ],
    ['resource:web/https://h:443/a', 'no URI can match', 'write `resource:web/https://h/a`'],
    ['resource:web/https://*', 'no URI can match', 'write `resource:web/https://*/`'],
    ['resource:files/file:///a/../b/**', 'no URI can match', 'write `resource:files/file:///b/**`'],
    ['resource:files/file:///a%2Db', 'no URI can match', 'write `resource:files/file:///a-b`'],
    [
      'resource:files/file:///%c3%bc/*',
      'no URI can match',
      'write `resource:files/file:///%C3%BC/*`',
    ],
    [
      'resource:files/file:/etc/passwd',
      'no URI can match',
      'write `resource:files/file:///etc/passwd`',
    ],
    ['resource:files/file://h/a', 'no URI can match', 'URIs with a fragment, doubled'],
    ['resource:files/file:///a//b', 'no URI can match', 'URIs with a fragment, doubled'],
    ['resource:files/file:///a%2Fb', 'no URI can match', 'URIs with a fragment, doubled'],
    ['resource:files/file:///{a,b//}/*', 'no URI can match', 'URIs with a fragment, doubled'],
    ['resource:files/file:///caf\u{e9}', 'no URI can match', 'write `%C3%A9`'],
    ['resource:files/file:///My Docs/*', 'no URI can match', 'write `%20`'],
    ['resource:**/caf\u{e9}', 'no URI can match', 'write `%C3%A9`'],
    ['resource:web/https://h/a#b', 'a URI with a fragment is never permitted', undefined],
  ])('%s is none, and says why', (pattern, message, hint) => {
    const problem = patternProblem(pattern);
    expect(problem?.message).toMatch(new RegExp(`^${message.replace(/[{}/]/g, '\\$&')}`));
    if (hint === undefined) expect(problem?.hint).toBeUndefined();
    else expect(problem?.hint).toContain(hint);
  });

  it('that is no glob is told of at its place in the pattern', () => {
    expect(patternProblem('resource:files/[ab]')?.offset).toBe('resource:files/'.length);
    expect(patternProblem('ask:{')?.offset).toBe('ask:'.length);
  });

  it('with more choices than are looked at is taken as it is', () => {
    const braces = '{a,b}'.repeat(7);
    expect(patternProblem(`resource:files/HTTP://${braces}/`)).toBeUndefined();
    expect(patternProblem(`resource:files/HTTP://${braces.slice(0, 20)}/`)).toBeDefined();
  });
});

describe('covering one pattern by others', () => {
  it.each<[string, readonly string[], boolean]>([
    ['prompt:a/b', ['prompt:a/*'], true],
    ['prompt:a/b', ['a/*'], false],
    ['prompt:a/b', ['**'], false],
    ['a/b', ['prompt:**'], false],
    ['a/b', ['prompt:**', 'resource:**', 'ask:**'], false],
    ['resource:a/file:///x', ['resource:a/file:///**'], true],
    ['resource:a/file:///x', ['prompt:**', '**'], false],
    ['ask:a/roots', ['ask:a/{roots,sampling}'], true],
    // What a deny reaches beyond its text is no part of it.
    ['resource:a/docs://h/x?y', ['resource:a/docs://h/x'], false],
  ])('%j by %j: %j', (pattern, others, isCovered) => {
    expect(isCoveredBy(pattern, others, newEffort())).toBe(isCovered);
  });
});

it('a rule of any kind whose server is not configured is found', () => {
  const document = grant('g', {
    rules: rules('+prompt:files/*', '+prompt:gone/*', '-resource:gone/**', '+ask:*/roots', '+a/b'),
  });
  expect(unmatchedServers(document, ['files']).map(({ pattern }) => pattern)).toEqual([
    'prompt:gone/*',
    'resource:gone/**',
    'a/b',
  ]);
});
