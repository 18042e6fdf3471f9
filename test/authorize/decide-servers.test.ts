import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import { ALICE, brief, grant, NOW, rules, state } from './sample-grants.ts';

describe('a tool server', () => {
  const onServer = (server: string, ...texts: readonly string[]): string =>
    brief(
      decide(state(grant('g', { rules: rules(...texts) })), ALICE, { kind: 'server', server }, NOW),
    );

  it.each<[string, string, readonly string[], string]>([
    ['one pinned tool is permitted', 'files', ['+files/write_file'], 'permit g#0'],
    ['no rule is about it', 'files', ['+mail/*'], 'no_rule'],
    ['the rule matches no pinned tool', 'files', ['+files/delete_*'], 'no_rule'],
    ['every pinned tool is denied', 'files', ['+files/*', '-files/*_file'], 'denied_by_rule g#1'],
    ['only a drifted tool is permitted', 'mail', ['+mail/send'], 'tool_drifted g#0'],
    ['it offers nothing', 'bare', ['+bare/*'], 'tool_unknown g#0'],
    ['it is not configured', 'nowhere', ['+**'], 'server_unknown'],
    ['it was never seen and a rule could permit', 'unseen', ['+unseen/read_*'], 'permit g#0'],
    ['it was never seen and everything does', 'unseen', ['+**'], 'permit g#0'],
    ['it was never seen and no rule could', 'unseen', ['+files/*'], 'no_rule'],
    [
      'it was never seen and all is denied',
      'unseen',
      ['+unseen/*', '-unseen/**'],
      'denied_by_rule g#1',
    ],
    [
      'it was never seen and what is permitted is denied',
      'unseen',
      ['+unseen/read_*', '-*/read*'],
      'denied_by_rule g#1',
    ],
    [
      'it was never seen and the denies leave a gap',
      'unseen',
      ['+unseen/*', '-unseen/?*x', '-*/*delete*'],
      'permit g#0',
    ],
    [
      'it was never seen and two denies leave none',
      'unseen',
      ['+unseen/{a,b}', '-unseen/a', '-unseen/b'],
      'denied_by_rule g#1',
    ],
    [
      'it was never seen and a deny does not compile',
      'unseen',
      ['+unseen/*', '-x/[y]'],
      'denied_by_rule g#1',
    ],
  ])('decides as expected when %s', (_title, server, texts, expected) => {
    expect(onServer(server, ...texts)).toBe(expected);
  });

  it('carries no definition', () => {
    const decision = decide(
      state(grant('g', { rules: rules('+**') })),
      ALICE,
      { kind: 'server', server: 'files' },
      NOW,
    );
    expect(decision).not.toHaveProperty('definitionHash');
  });

  it('never seen is denied when only an expired grant could permit it', () => {
    const expired = state(grant('g', { expiresAt: NOW, rules: rules('+unseen/*') }));
    expect(brief(decide(expired, ALICE, { kind: 'server', server: 'unseen' }, NOW))).toBe(
      'grant_expired g#0',
    );
  });
});
