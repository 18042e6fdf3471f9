import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import { parseGrant } from '../../src/authorize/parse-grant.ts';
import type { PolicyState } from '../../src/authorize/policy-state.ts';
import { ALICE, NOW } from '../authorize/sample-grants.ts';
import { agentTasks, hasAgentTasks, type TaskSuite } from '../support/corpora.ts';
import { seen } from '../support/fakes/server-view.ts';

/** Pairs of a user's task and an injected one, and how many of them the grant of the task makes impossible. */
interface Pairs {
  readonly pairs: number;
  readonly impossible: number;
}

const server = (suite: TaskSuite): string => suite.name;
const everyTool = (suite: TaskSuite): readonly string[] =>
  [...new Set([...suite.userTasks.values(), ...suite.injections.values()].flat())].sort();

/** A grant as a person writes it: the tools of one purpose, by their names. */
const grantText = (suite: TaskSuite, purpose: string, tools: readonly string[]): string =>
  [
    `id: alice-${suite.name}`,
    'subject: alice',
    `purpose: ${purpose}`,
    'expires: 2099-12-31T18:00:00Z',
    'rules:',
    ...[...new Set(tools)].map((tool) => `  - permit: ${server(suite)}/${tool}`),
  ].join('\n');

/** The suite's tools, all approved, and one grant, read from its file. */
function stateWith(suite: TaskSuite, text: string): PolicyState {
  const file = `grants/alice-${suite.name}.yaml`;
  const parsed = parseGrant(text, file);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const applied: GrantRecord = { ...parsed.document, revision: 1, file, appliedAt: 0 };
  const tools = new Map(everyTool(suite).map((tool) => [tool, { hash: tool }]));
  return {
    epoch: 1,
    isHalted: false,
    grants: [applied],
    servers: new Map([[server(suite), seen({ tools })]]),
  };
}

const isPermitted = (state: PolicyState, suite: TaskSuite, tool: string): boolean =>
  decide(state, ALICE, { kind: 'tool', server: server(suite), tool, args: {} }, NOW).kind ===
  'permit';

/**
 * Counts the injected tasks of which some tool is refused while alice works on a task of her own. One that
 * needs no tool is no pair: no grant can be about it.
 */
function count(
  suite: TaskSuite,
  grantOf: (task: string, tools: readonly string[]) => string,
): Pairs {
  let pairs = 0;
  let impossible = 0;
  for (const [task, own] of suite.userTasks) {
    const state = stateWith(suite, grantOf(task, own));
    expect(own.filter((tool) => !isPermitted(state, suite, tool))).toEqual([]);
    for (const needs of suite.injections.values()) {
      if (needs.length === 0) continue;
      pairs += 1;
      if (needs.some((tool) => !isPermitted(state, suite, tool))) impossible += 1;
    }
  }
  return { pairs, impossible };
}

const total = (all: readonly Pairs[]): Pairs => ({
  pairs: all.reduce((sum, { pairs }) => sum + pairs, 0),
  impossible: all.reduce((sum, { impossible }) => sum + impossible, 0),
});

/**
 * The ground truth names tools and has no arguments, so that only rules without `when` can be measured:
 * what is left possible here uses the tools of the task with other arguments.
 */
describe.skipIf(!hasAgentTasks)('least privilege, before any detector looks (AgentDojo)', () => {
  const suites = agentTasks();

  it('makes 472 of 547 injected tasks impossible by naming the tools of the purpose', async (context) => {
    const counted = suites.map((suite) =>
      count(suite, (task, tools) => grantText(suite, task, tools)),
    );
    for (const [index, { name }] of suites.entries()) {
      await context.annotate(`${name}: ${counted[index]?.impossible} of ${counted[index]?.pairs}`);
    }
    expect(Object.fromEntries(suites.map(({ name }, index) => [name, counted[index]]))).toEqual({
      workspace: { pairs: 198, impossible: 185 },
      banking: { pairs: 144, impossible: 102 },
      slack: { pairs: 85, impossible: 71 },
      travel: { pairs: 120, impossible: 114 },
    });
    expect(total(counted)).toEqual({ pairs: 547, impossible: 472 });
  });

  it('is what does it: one grant with all tools of a server makes none impossible', () => {
    const counted = suites.map((suite) =>
      count(suite, () => grantText(suite, 'Everything', everyTool(suite))),
    );
    expect(total(counted)).toEqual({ pairs: 547, impossible: 0 });
  });
});
