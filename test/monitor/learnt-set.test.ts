import { describe, expect, it } from 'vitest';
import { isUsual, learn, NOTHING_LEARNT, surpriseOf } from '../../src/monitor/learnt-set.ts';
import { aboutOf } from '../../src/monitor/words.ts';

const none = { purposes: 1, tools: new Map<string, number>() };
const use = (tools: readonly string[], isFlagged = false) => ({
  tools: new Set(tools),
  destinations: new Set<number>(),
  isFlagged,
});
const learnt = (...sessions: readonly (readonly string[])[]) =>
  sessions.reduce((set, tools) => learn(set, use(tools)), NOTHING_LEARNT);
const surprise = (tool: string, set = learnt(['read_file'], ['read_file'], ['list_directory'])) =>
  surpriseOf(tool, aboutOf, set, none);

describe('a learnt set', () => {
  it('is surprised by nothing while it is being learnt', () => {
    expect(surprise('send_money', learnt(['read_file'], ['read_file']))).toBe(0);
  });

  it('is surprised by a tool it has not seen, less by one of the same kind, not by its own', () => {
    const set = learnt(['send_email'], ['send_email'], ['send_email']);
    expect([
      surprise('send_email', set),
      surprise('forward_message', set),
      surprise('delete_node', set),
    ]).toEqual([0, 0.5, 1]);
  });

  it('is surprised less by what most purposes use', () => {
    const all = { purposes: 6, tools: new Map([['delete_node', 4]]) };
    expect(surpriseOf('delete_node', aboutOf, learnt(['a'], ['a'], ['a']), all)).toBe(0.5);
  });

  it('learns nothing of a session in which something was flagged', () => {
    const before = learnt(['read_file'], ['read_file'], ['read_file']);
    expect(learn(before, use(['read_file', 'send_money'], true))).toBe(before);
  });

  it('takes what most of its sessions use for usual', () => {
    const set = learnt(['a', 'b'], ['a'], ['a']);
    expect([isUsual('a', set), isUsual('b', set)]).toEqual([true, false]);
  });

  it('stays bounded, whatever a session calls', () => {
    const many = Array.from({ length: 2_000 }, (_, at) => `tool_${at}`);
    expect(learn(NOTHING_LEARNT, use(many)).tools.size).toBeLessThanOrEqual(512);
  });
});
