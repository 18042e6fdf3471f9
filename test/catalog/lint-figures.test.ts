import { describe, expect, it } from 'vitest';
import { flagItem } from '../../src/catalog/flag-item.ts';
import type { NameRef } from '../../src/catalog/flag-names.ts';
import { hasCorpora, recordedLists } from '../support/corpora.ts';
import {
  evasiveDefinitions,
  familyDefinitions,
  freshDefinitions,
  honestDefinitions,
  keptDefinitions,
  nearDefinitions,
  unseenDefinitions,
  variedDefinitions,
  workingDefinitions,
} from '../support/poisoned/read.ts';
import { heldOutDefinitions, poisonedDefinitions } from '../support/poisoned-definitions.ts';

const BESIDE: readonly NameRef[] = ['read_file', 'write_file', 'search_files'].map((name) => ({
  server: 'files',
  name,
}));

describe('poisoned definitions', () => {
  it.each([
    ['all', [...poisonedDefinitions, ...heldOutDefinitions], 0.9],
    ['those no phrase was made for', heldOutDefinitions, 0.8],
    ['fresh ones, which rules were made on', freshDefinitions, 0.9],
    ['once unseen ones', unseenDefinitions, 0.85],
    ['in many voices, which rules were made on', variedDefinitions, 0.95],
    ['in many voices, which no rule was made on', keptDefinitions, 0.85],
    ['of each public family', familyDefinitions, 0.9],
    ['some of those written to get past the rules', evasiveDefinitions, 0.25],
  ])('are flagged, most of them: %s', (_, all, least) => {
    const missed = all.filter(
      ({ definition }) =>
        flagItem('tool', definition, { server: 'x', others: BESIDE }).length === 0,
    );
    const share = 1 - missed.length / all.length;
    const names = missed.map(({ family, definition }) => `${family}: ${String(definition.name)}`);
    console.info(`${all.length} poisoned, flagged ${(share * 100).toFixed(1)}%`, names);
    expect(share).toBeGreaterThanOrEqual(least);
  });
});

describe('honest definitions that come near', () => {
  it.each([
    ['nine in ten', honestDefinitions, 0.1],
    ['six in seven of the tools people work with', workingDefinitions, 1 / 7],
    ['two in three of those that come nearest', nearDefinitions, 1 / 3],
  ])('are left alone, %s', (_, all, most) => {
    const others = all.map(({ name }) => ({ server: 'h', name: String(name) }));
    const flagged = all
      .filter((definition) => flagItem('tool', definition, { server: 'h', others }).length > 0)
      .map(({ name }) => name);
    console.info(`${all.length} honest definitions, flagged`, flagged);
    expect(all.length).toBeGreaterThanOrEqual(30);
    expect(flagged.length / all.length).toBeLessThanOrEqual(most);
  });
});

describe.runIf(hasCorpora)('real definitions', () => {
  const lists = recordedLists('tool-definitions').map(({ from, tools }, at) => ({
    server: `s${at}`,
    from,
    tools,
  }));
  const others = lists.flatMap(({ server, tools }) =>
    tools.map(({ name }) => ({ server, name: String(name) })),
  );

  it.each([
    ['each by itself', undefined],
    ['all thirteen servers beside each other', others],
  ])('are left alone, all but one in fifty: %s', (_, beside) => {
    const flagged: string[] = [];
    for (const { server, from, tools } of lists) {
      const own = tools.map(({ name }) => ({ server, name: String(name) }));
      for (const tool of tools) {
        const flags = flagItem('tool', tool, { server, others: beside ?? own });
        for (const { kind, at, found } of flags) {
          flagged.push(`${from}/${String(tool.name)}: ${kind} ${at} ${found}`);
        }
      }
    }
    const count = new Set(flagged.map((line) => line.split(':')[0])).size;
    console.info(`${others.length} real definitions, flagged ${count}`, flagged);
    expect(others).toHaveLength(177);
    expect(count / others.length).toBeLessThanOrEqual(0.02);
  });
});
