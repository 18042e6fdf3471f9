import { describe, expect, it } from 'vitest';
import { makeConfig } from '../../src/config/load-config.ts';

const load = (ship: object[]) =>
  makeConfig(
    '/conf/mcp.config.json',
    { mcpServers: { s: { command: 'x' } }, audit: { ship } } as never,
    { PATH: '/usr/bin', SIEM_TOKEN: 'hush-hush-token' },
    { platform: 'linux' },
  );

describe('audit.ship', () => {
  it('reads files from the configuration’s folder, and addresses with their secrets', () => {
    const headers = { Authorization: ['Bearer $', '{SIEM_TOKEN}'].join('') };
    const config = load([
      { file: '../elsewhere/events', format: 'ocsf' },
      { webhook: 'https://siem.example/in', headers },
      { otlp: 'http://127.0.0.1:4318/v1/logs' },
    ]);
    expect(config.audit.ship).toEqual([
      { kind: 'file', key: 'audit.ship[0]', path: '/elsewhere/events', format: 'ocsf' },
      {
        kind: 'webhook',
        key: 'audit.ship[1]',
        url: 'https://siem.example/in',
        headers: { Authorization: 'Bearer hush-hush-token' },
        format: 'jsonl',
      },
      { kind: 'otlp', key: 'audit.ship[2]', url: 'http://127.0.0.1:4318/v1/logs', headers: {} },
    ]);
    expect(config.secrets).toContain('hush-hush-token');
  });

  it.each([
    ['a file in the state', { file: '.toolgrant/events' }, 'audit.ship[0].file'],
    ['an address that is read on the way', { otlp: 'http://siem.example/' }, 'not https'],
    ['what is no address', { webhook: 'siem' }, 'audit.ship[0].webhook'],
    [
      'a header of the broker’s own',
      { webhook: 'https://h.example/', headers: { Host: 'x' } },
      'audit.ship[0].headers.Host',
    ],
  ])('refuses %s', (_, place, words) => {
    expect(() => load([place])).toThrowError(
      expect.objectContaining({ code: 'ERR_CONFIG', message: expect.stringContaining(words) }),
    );
  });
});
