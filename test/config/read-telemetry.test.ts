import { describe, expect, it } from 'vitest';
import { makeConfig } from '../../src/config/load-config.ts';

const load = (more: object) =>
  makeConfig(
    '/conf/mcp.config.json',
    { mcpServers: { s: { command: 'x' } }, ...more } as never,
    { PATH: '/usr/bin', OTLP_TOKEN: 'hush-hush-token' },
    { platform: 'linux' },
  );
const traces = (of: object) => load({ telemetry: { traces: of } });

describe('telemetry.traces', () => {
  it('reads an address with its secrets; without one there is none', () => {
    const headers = { Authorization: ['Bearer $', '{OTLP_TOKEN}'].join('') };
    const config = traces({ url: 'https://otel.example/v1/traces', headers });
    expect(config.traces).toEqual({
      key: 'telemetry.traces',
      url: 'https://otel.example/v1/traces',
      headers: { Authorization: 'Bearer hush-hush-token' },
    });
    expect(config.secrets).toContain('hush-hush-token');
    expect(load({})).not.toHaveProperty('traces');
    expect(traces({ url: 'http://127.0.0.1:4318/v1/traces' }).traces?.headers).toEqual({});
  });

  it.each([
    [{ url: 'http://otel.example/v1/traces' }, 'telemetry.traces.url: not https'],
    [{ url: 'otel' }, 'telemetry.traces.url: not a URL'],
    [{ url: 'https://u:p@otel.example/' }, 'telemetry.traces.url: holds a user name'],
    [{ url: 'https://o.example/', headers: { Host: 'x' } }, 'telemetry.traces.headers.Host'],
  ])('refuses %j', (of, words) => {
    expect(() => traces(of)).toThrowError(
      expect.objectContaining({ code: 'ERR_CONFIG', message: expect.stringContaining(words) }),
    );
  });
});

describe('admin', () => {
  it.each([
    ['127.0.0.1:9464', '127.0.0.1'],
    ['[::1]:9464', '::1'],
    ['localhost:9464', 'localhost'],
  ])('listens on %s, and nowhere unless it says so', (listen, host) => {
    expect(load({ admin: { listen } }).admin).toEqual({ host, port: 9464, hosts: [] });
    expect(load({})).not.toHaveProperty('admin');
  });

  it('is reached from other machines only when that is said', () => {
    const listen = '0.0.0.0:9464';
    expect(() => load({ admin: { listen } })).toThrowError(
      expect.objectContaining({
        code: 'ERR_CONFIG',
        message: 'admin.listen: can be reached from other machines, and asks nobody who they are',
      }),
    );
    const admin = { listen, beyondLoopback: true, hosts: ['Broker.internal'] };
    expect(load({ admin }).admin).toEqual({
      host: '0.0.0.0',
      port: 9464,
      hosts: ['broker.internal'],
    });
  });

  it.each([
    [{ listen: '9464' }, 'admin.listen: not host:port'],
    [{ listen: '127.0.0.1:99999' }, 'admin.listen: not host:port'],
    [{ listen: '127.0.0.1:1', hosts: ['a:1'] }, 'admin.hosts[0]: not a host name'],
    [{ listen: '127.0.0.1:1', hosts: ['*'] }, 'admin.hosts[0]: not a host name'],
  ])('refuses %j', (admin, words) => {
    expect(() => load({ admin })).toThrowError(
      expect.objectContaining({ code: 'ERR_CONFIG', message: expect.stringContaining(words) }),
    );
  });
});
