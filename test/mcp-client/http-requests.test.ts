import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { callTool } from '../support/tool-servers/harness.ts';
import { connect, never, ok, serve } from './http-connection.ts';
import { modern } from './http-server.ts';

describe('what goes out to an HTTP tool server', () => {
  it('is the entry’s headers and ours, and ours win', async () => {
    const server = await serve(modern(ok('yes')));
    const headers = {
      Authorization: 'Bearer canary',
      'X-Own': '1',
      'Mcp-Method': 'other',
      Accept: 'x',
      'Mcp-Session-Id': 'theirs',
      'mcp-param-x': 'y',
    };
    await connect(server.url, { headers });
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer canary',
      'x-own': '1',
      'mcp-method': 'server/discover',
      accept: 'application/json, text/event-stream',
      'user-agent': 'toolgrant/9.9.9',
    });
    expect(Object.keys(server.seen[0]?.headers ?? {})).not.toContain('mcp-session-id');
    expect(Object.keys(server.seen[0]?.headers ?? {})).not.toContain('mcp-param-x');
  });

  it('names the tool and the declared arguments in headers', async () => {
    const tool = {
      name: 'grüße',
      inputSchema: {
        type: 'object',
        properties: {
          who: { type: 'string', 'x-mcp-header': 'Who' },
          deep: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'N' } } },
          absent: { type: 'string', 'x-mcp-header': 'Absent' },
        },
      },
    };
    const server = await serve(modern(ok('yes'), tool));
    const connection = await connect(server.url);
    await callTool(connection, 'grüße', { who: 'a\r\nX: y', deep: { n: 7 } });
    const headers = server.seen.at(-1)?.headers ?? {};
    const encoded = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;
    expect(headers['mcp-name']).toBe(encoded('grüße'));
    expect(headers['mcp-param-who']).toBe(encoded('a\r\nX: y'));
    expect(headers['mcp-param-n']).toBe('7');
    expect(headers['mcp-param-absent']).toBeUndefined();
    expect(headers.x).toBeUndefined();
  });

  it('leaves out a tool whose arguments no header can repeat as it asks', async () => {
    const properties = { who: { type: 'string', 'x-mcp-header': 'no name' } };
    const tool = { name: 'greet', inputSchema: { type: 'object', properties } };
    const { offer } = await connect((await serve(modern(ok('yes'), tool))).url);
    expect([offer.tools, offer.leftOut]).toEqual([
      [],
      [{ tool: 'greet', why: 'x-mcp-header is no name of a header' }],
    ]);
  });

  it('never follows a redirect, with or without credentials', async () => {
    const thief = await serve(ok('gotcha'));
    const server = await serve(
      (_request, response) => void response.writeHead(307, { location: thief.url }).end(),
    );
    const headers = { Authorization: 'Bearer canary' };
    const error = await connect(server.url, { headers }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_SERVER_HTTP' });
    expect(inspect(error)).not.toContain('canary');
    expect([server.seen.length, thief.seen.length]).toEqual([1, 0]);
  });

  it('does not follow a redirect of a call either', async () => {
    const thief = await serve(ok('gotcha'));
    const server = await serve(
      modern((_request, response) => void response.writeHead(302, { location: thief.url }).end()),
    );
    const call = callTool(await connect(server.url), 'echo');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_HTTP' });
    expect(thief.seen).toHaveLength(0);
  });

  it.each([[{ Authorization: 'Bearer canary\r\n' + 'X-A: b\u0100' }], [{ 'bad canary': 'x' }]])(
    'reports a header that cannot be sent without quoting it',
    async (headers) => {
      const server = await serve(never);
      const error = await connect(server.url, { headers }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'ERR_SERVER_HTTP' });
      expect(inspect(error)).not.toContain('canary');
      expect(server.seen).toHaveLength(0);
    },
  );

  it('reports an address with credentials without quoting them', async () => {
    const error = await connect('http://user:canary@127.0.0.1:1/').catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'ERR_SERVER_HTTP' });
    expect(inspect(error)).not.toContain('canary');
  });

  it('is nothing when the last look says no', async () => {
    const server = await serve(modern(ok('yes')));
    const connection = await connect(server.url);
    const before = server.seen.length;
    expect(await callTool(connection, 'echo', {}, { mayWrite: () => false })).toEqual({
      kind: 'not_sent',
    });
    expect(server.seen).toHaveLength(before);
  });
});
