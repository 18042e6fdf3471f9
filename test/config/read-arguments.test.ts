import { describe, expect, it } from 'vitest';
import { argumentsModeOf, readArgumentsRules } from '../../src/config/read-arguments.ts';

const rules = readArgumentsRules({
  mail: { command: 'x', toolgrant: { arguments: 'digest' } },
  bank: {
    command: 'x',
    toolgrant: { arguments: { 'get_*': 'full', '*_balance': 'none', login: 'digest' } },
  },
  files: { command: 'x' },
});

describe('argumentsModeOf', () => {
  it.each([
    ['mail', 'send', 'digest'],
    ['mail', undefined, 'digest'],
    ['bank', 'get_rates', 'full'],
    ['bank', 'get_balance', 'none'],
    ['bank', 'login', 'digest'],
    ['bank', 'transfer', 'redacted'],
    ['bank', undefined, 'redacted'],
    ['files', 'read', 'redacted'],
    ['unknown', 'read', 'redacted'],
  ] as const)('gives %s/%s %s', (server, tool, mode) => {
    const target = tool === undefined ? { server } : { server, tool };
    expect(argumentsModeOf(rules, 'redacted', target)).toBe(mode);
  });

  it('refuses what is no glob, by its key', () => {
    expect(() =>
      readArgumentsRules({ bank: { command: 'x', toolgrant: { arguments: { '[a': 'none' } } } }),
    ).toThrowError(
      expect.objectContaining({
        code: 'ERR_CONFIG',
        message: expect.stringContaining('mcpServers.bank.toolgrant.arguments'),
      }),
    );
  });
});
