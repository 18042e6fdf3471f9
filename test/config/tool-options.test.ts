import { describe, expect, it } from 'vitest';
import { readToolOptions } from '../../src/config/tool-options.ts';
import { DEFAULT_RESULT_SETTINGS } from '../../src/inspect/result-settings.ts';

describe('readToolOptions', () => {
  const options = readToolOptions('s', {
    command: 'x',
    toolgrant: {
      labels: { 'get_*': ['private'], '*_all': ['destructive', 'private'] },
      results: {
        orders: 'withhold',
        tools: { 'get_*': { secrets: 'redact' }, get_all: { orders: 'mark', maxBytes: 5 } },
      },
    },
  });

  it('gives a tool every label whose glob matches, each once, in one order', () => {
    expect(options.labelsOf('get_all')).toEqual(['private', 'destructive']);
    expect(options.labelsOf('GET_x')).toEqual([]);
  });

  it('puts a later match over an earlier one, and both over what holds for the server', () => {
    const shared = { ...DEFAULT_RESULT_SETTINGS, orders: 'withhold' };
    expect(options.resultsOf()).toEqual(shared);
    expect(options.resultsOf('get_x')).toEqual({ ...shared, secrets: 'redact' });
    expect(options.resultsOf('get_all')).toEqual({
      ...shared,
      secrets: 'redact',
      orders: 'mark',
      maxBytes: 5,
    });
  });

  it('marks everything where nothing is said', () => {
    const none = readToolOptions('s', { command: 'x' });
    expect(none.resultsOf('t')).toEqual(DEFAULT_RESULT_SETTINGS);
    expect(none.labelsOf('t')).toEqual([]);
  });

  it('refuses a glob that is none, and names its key', () => {
    const entry = { command: 'x', toolgrant: { labels: { 'a[b]': ['egress' as const] } } };
    expect(() => readToolOptions('s', entry)).toThrow(/mcpServers\.s\.toolgrant\.labels/);
  });
});
