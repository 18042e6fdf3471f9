import { describe, expect, it } from 'vitest';
import { makeConfig } from '../../src/config/load-config.ts';

const load = (anchors: object[]) =>
  makeConfig(
    '/conf/mcp.config.json',
    { mcpServers: { s: { command: 'x' } }, audit: { anchors } } as never,
    { PATH: '/usr/bin', HOOK_TOKEN: 'hush-hush-token' },
    { platform: 'linux' },
  );

describe('alerts', () => {
  const read = (alerts: object) =>
    makeConfig(
      '/conf/mcp.config.json',
      { mcpServers: { s: { command: 'x' } }, alerts } as never,
      { PATH: '/usr/bin', HOOK: 'https://hook.example/hush-hush-token' },
      { platform: 'linux' },
    );

  it('go to an address that is a secret', () => {
    const config = read({ webhook: ['$', '{env:HOOK}'].join('') });
    expect(config.alerts).toEqual({
      key: 'alerts',
      url: 'https://hook.example/hush-hush-token',
      headers: {},
    });
    expect(config.secrets).toContain('https://hook.example/hush-hush-token');
  });

  it('go nowhere in the clear, nor with a header of the broker’s own', () => {
    expect(() => read({ webhook: 'http://hook.example/' })).toThrow('alerts.webhook: not https');
    expect(() => read({ webhook: 'https://h.example/', headers: { Host: 'x' } })).toThrow(
      'alerts.headers.Host',
    );
  });
});

describe('audit.anchors', () => {
  it('reads files from the configuration’s folder, addresses with their secrets, and stdout', () => {
    const reference = ['$', '{HOOK_TOKEN}'].join('');
    const config = load([
      { file: '../elsewhere/notes' },
      { webhook: 'https://hook.example/c', headers: { Authorization: `Bearer ${reference}` } },
      { stdout: true },
    ]);
    expect(config.audit.anchors).toEqual([
      { kind: 'file', key: 'audit.anchors[0]', path: '/elsewhere/notes' },
      {
        kind: 'webhook',
        key: 'audit.anchors[1]',
        url: 'https://hook.example/c',
        headers: { Authorization: 'Bearer hush-hush-token' },
      },
      { kind: 'stdout', key: 'audit.anchors[2]' },
    ]);
    expect(config.secrets).toContain('hush-hush-token');
  });

  it.each([
    ['a file in the state', { file: '.toolgrant/notes' }, 'audit.anchors[0].file'],
    ['an address that anybody could answer for', { webhook: 'http://hook.example/' }, 'not https'],
    ['what is no address', { webhook: 'hook' }, 'audit.anchors[0].webhook'],
    [
      'a header of the broker’s own',
      { webhook: 'https://h.example/', headers: { Host: 'x' } },
      'audit.anchors[0].headers.Host',
    ],
  ])('refuses %s', (_, anchor, words) => {
    expect(() => load([anchor])).toThrowError(
      expect.objectContaining({ code: 'ERR_CONFIG', message: expect.stringContaining(words) }),
    );
  });
});
