import { describe, expect, it } from 'vitest';
import { type Json, type JsonObject, member } from '../../src/domain/json.ts';
import { callTool, jsonOf, SERVERS, stdioSpec } from '../support/tool-servers/harness.ts';
import { connect } from './stdio-connection.ts';

const levels = (received: Json): unknown[] =>
  (received as JsonObject[])
    .filter((message) => message.method === 'logging/setLevel')
    .map((message) => member(message.params, 'level'));

describe('the level of log messages of a 2025 server', () => {
  it('is told before the call that wants it, once', async () => {
    const connection = await connect(stdioSpec(SERVERS.sayer));
    for (const logLevel of ['info', 'info', 'debug']) {
      await callTool(connection, 'say', {}, { logLevel });
    }
    const received = jsonOf(await callTool(connection, 'received', {}, { logLevel: 'loud' }));
    expect(levels(received)).toEqual(['info', 'debug']);
  });

  it('is not told when the last look says no', async () => {
    const connection = await connect(stdioSpec(SERVERS.sayer));
    const hooks = { logLevel: 'info', mayWrite: () => false };
    expect(await callTool(connection, 'say', {}, hooks)).toEqual({ kind: 'not_sent' });
    expect(levels(jsonOf(await callTool(connection, 'received')))).toEqual([]);
  });

  it('is told before the definition is compared, and nothing waited for between that and the call', async () => {
    const connection = await connect(stdioSpec(SERVERS.sayer, ['--turn']));
    const reply = await callTool(connection, 'say', {}, { logLevel: 'info' });
    expect(reply).toEqual({ kind: 'not_sent' });
    expect(connection.offer.tools[0]).toMatchObject({ description: 'turned' });
  });

  it('is left alone where sessions share the connection', async () => {
    const connection = await connect(stdioSpec(SERVERS.sayer, [], { isolation: 'shared' }));
    const received = jsonOf(await callTool(connection, 'received', {}, { logLevel: 'info' }));
    expect(levels(received)).toEqual([]);
  });

  it('is not told to a server that has no log messages', async () => {
    const connection = await connect(stdioSpec(SERVERS.raw));
    const received = jsonOf(await callTool(connection, 'received', {}, { logLevel: 'info' }));
    expect(levels(received)).toEqual([]);
  });
});
