import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withCheckedConditions } from '../../src/authorize/check-conditions.ts';
import { compiledRule } from '../../src/authorize/compiled-rule.ts';
import { parseGrant } from '../../src/authorize/parse-grant.ts';
import { hasCorpora } from '../support/corpora.ts';
import { answerTo, sectionsOf, stateOf } from '../support/docs/grant-examples.ts';
import { knownServers } from '../support/docs/known-servers.ts';

const servers = knownServers();

describe.each([
  ['docs/grants.md', 10, 40],
  ['docs/cookbook.md', 9, 60],
])('the grants in %s', (file, fewestGrants, fewestUses) => {
  const page = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
  const sections = sectionsOf(page);
  const grants = sections.flatMap((section) => section.grants);

  it('are there, and so is what is said of them', () => {
    expect(grants.length).toBeGreaterThanOrEqual(fewestGrants);
    expect(sections.flatMap(({ uses }) => uses).length).toBeGreaterThanOrEqual(fewestUses);
  });

  it.each(grants)('are valid, and fit the tools they are about: line $line', ({ text, line }) => {
    const parsed = parseGrant(text, `${file}:${line}`);
    expect(withCheckedConditions({ file, text, parsed }, servers).parsed).toMatchObject({
      ok: true,
    });
  });

  it.runIf(hasCorpora).each(grants)('name tools that exist: line $line', ({ text, line }) => {
    const parsed = parseGrant(text, `${file}:${line}`);
    const refs = (kind: 'tools' | 'prompts') =>
      [...servers].flatMap(([server, view]) =>
        [...(view[kind]?.keys() ?? [])].map((name) => `${server}/${name}`),
      );
    const known = { tool: refs('tools'), prompt: refs('prompts') };
    const rules = parsed.ok ? parsed.document.rules : [];
    const unknown = rules.filter((rule) => {
      const { kind, glob } = compiledRule(rule);
      if (kind !== 'tool' && kind !== 'prompt') return false;
      return !known[kind].some((ref) => glob?.matches(ref));
    });
    expect(unknown.map(({ pattern }) => pattern)).toEqual([]);
  });

  it.runIf(hasCorpora).each(sections.filter(({ uses }) => uses.length > 0))(
    'do what is said of them: $heading',
    (section) => {
      const state = stateOf(section);
      const said = section.uses.map(({ line, use, answer }) => `${line} ${use} ${answer}`);
      const found = section.uses.map(({ line, use }) => `${line} ${use} ${answerTo(state, use)}`);
      expect(found).toEqual(said);
    },
  );
});
