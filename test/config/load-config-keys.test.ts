import { describe, expect, it } from 'vitest';
import { readMonitorFile } from '../../src/config/read-config-file.ts';
import { failure, server } from './loading.ts';
import { thrownBy, writeConfig } from './temp-config.ts';

describe('loadConfig, keys', () => {
  it.each([
    [{ lisen: 'x', mcpServers: {} }, 'unknown key lisen', 'listen'],
    [{ mcpservers: {} }, 'unknown key mcpservers', 'mcpServers'],
    [{ mcpServers: {}, audit: { durabilty: 'power' } }, 'audit.durabilty', 'audit.durability'],
    [{ mcpServers: {}, telemetry: { trace: {} } }, 'telemetry.trace', 'telemetry.traces'],
    [
      { mcpServers: {}, telemetry: { traces: { url: 'x', header: {} } } },
      'telemetry.traces.header',
      'telemetry.traces.headers',
    ],
    [{ mcpServers: {}, admin: { listn: 'x' } }, 'admin.listn', 'admin.listen'],
    [
      server({ command: 'a', toolgrant: { timeout: 1 } }),
      'mcpServers.github.toolgrant.timeout',
      'mcpServers.github.toolgrant.timeoutMs',
    ],
    [server({ command: 'a', arg: [] }), 'mcpServers.github.arg', 'mcpServers.github.args'],
    [
      server({ command: 'a', disable: true }),
      'mcpServers.github.disable',
      'mcpServers.github.disabled',
    ],
    [
      server({ command: 'a', toolGrand: {} }),
      'mcpServers.github.toolGrand',
      'mcpServers.github.toolgrant',
    ],
    [
      server({ command: 'a', timeoutMs: 5 }),
      'mcpServers.github.timeoutMs',
      'mcpServers.github.toolgrant.timeoutMs',
    ],
  ])('refuses in %j what it does not know, naming the nearest', (content, message, nearest) => {
    const error = failure(content);
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toContain(message);
    expect(error.hint?.endsWith(` ${nearest}`)).toBe(true);
  });

  it.each([
    [{}, 'mcpServers: '],
    [[], 'the whole: '],
    [server({ command: 5 }), 'mcpServers.github.command: '],
    [server({ command: 'a', env: { K: 1 } }), 'mcpServers.github.env.K: '],
    [
      server({ command: 'a', toolgrant: { timeoutMs: 0 } }),
      'mcpServers.github.toolgrant.timeoutMs: ',
    ],
    [
      server({ command: 'a', toolgrant: { isolation: 'none' } }),
      'mcpServers.github.toolgrant.isolation: ',
    ],
    [server({ type: 'sse', url: 'https://x/' }), 'mcpServers.github.type: '],
    [server({}), 'mcpServers.github: has neither command nor url'],
    [server({ command: 'a', url: 'https://x/' }), 'mcpServers.github: has both command and url'],
    [server({ type: 'http', command: 'a' }), 'mcpServers.github.type: disagrees with command'],
    [server({ url: 'https://x/', env: {} }), 'mcpServers.github.env: means nothing for a url'],
    [server({ url: 'ftp://x/' }), 'mcpServers.github.url: neither http nor https'],
    [server({ url: 'https://u:pw@x/' }), 'mcpServers.github.url: holds a user name or password'],
    [
      server({ url: 'https://x/', headers: { Host: 'y' } }),
      "mcpServers.github.headers.Host: this header is the broker's own",
    ],
    [
      server({ url: 'https://x/', headers: { 'Mcp-Session-Id': 'y' } }),
      "this header is the broker's own",
    ],
    [
      server({ url: 'https://x/', headers: { A: '1', a: '2' } }),
      'mcpServers.github.headers.a: the header is there twice',
    ],
    [
      server({ url: 'https://x/', headers: { A: 'b\r\nC: d' } }),
      'holds a character no header may hold',
    ],
    [server({ command: 'a\0b' }), 'mcpServers.github.command: holds a NUL character'],
    [
      { mcpServers: { 'a b': { command: 'a' } } },
      'mcpServers["a b"]: not a name a tool server can have',
    ],
    [
      { mcpServers: { a__b: { command: 'a' } } },
      'mcpServers.a__b: not a name a tool server can have',
    ],
    [
      { mcpServers: { Files: { command: 'a' }, files: { command: 'b' } } },
      'the names Files and files collide',
    ],
    [{ listen: '7433', mcpServers: {} }, 'listen: not host:port'],
    [{ listen: '127.0.0.1:70000', mcpServers: {} }, 'listen: not host:port'],
    [{ publicUrl: 'nowhere', mcpServers: {} }, 'publicUrl: not a URL'],
  ])('refuses %j: it names the key', (content, message) => {
    const error = failure(content);
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toContain(message);
  });

  it('refuses two servers of one name, which JSON.parse would merge: it names line and column', () => {
    const text = '{"mcpServers":{\n"a":{"command":"x"},\n"a":{"command":"y"}}}';
    expect(failure(text).message).toMatch(/:3:1: the key "a" is there twice$/);
  });
});

describe('loadConfig, what this version does not enforce', () => {
  it.each([[{ issuers: [], mcpServers: {} }, 'issuers']])(
    'says of %j that it is not enforced: it is ERR_NOT_ENFORCED',
    (content, what) => {
      expect(failure(content)).toMatchObject({
        code: 'ERR_NOT_ENFORCED',
        message: `${what} is valid but not enforced by this version`,
      });
    },
  );
});

describe('readMonitorFile', () => {
  it('reads what a configuration has as `monitor`, and names what it does not know where it would stand', () => {
    expect(readMonitorFile(writeConfig({ signals: { probing: 'hold' } }))).toEqual({
      signals: { probing: 'hold' },
    });
    const { message, hint } = thrownBy(() =>
      readMonitorFile(writeConfig({ signals: { probin: 1 } })),
    );
    expect(message).toContain('unknown key monitor.signals.probin');
    expect(hint).toContain('monitor.signals.probing');
    expect(thrownBy(() => readMonitorFile(writeConfig({ observe: 0 })))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('monitor.observe'),
    });
  });
});
