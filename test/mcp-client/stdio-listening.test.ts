import { describe, expect, it, vi } from 'vitest';
import type { IntentReceipt } from '../../src/domain/intent-receipt.ts';
import { type JsonObject, stringMember } from '../../src/domain/json.ts';
import { callTool, SERVERS, stdioSpec } from '../support/tool-servers/harness.ts';
import { until } from '../support/until.ts';
import { connect } from './stdio-connection.ts';

const growing = stdioSpec(SERVERS.growing);
const hooks = () => ({ signal: new AbortController().signal, mayWrite: () => true });
const uri = 'test://one';
const use = (method: string) =>
  ({ method, target: { kind: 'resource', server: 's', uri } }) as unknown as IntentReceipt;

describe('a 2026 server over stdio', () => {
  it('says that its list changed, and lists what is new', async () => {
    const onListChanged = vi.fn();
    const connection = await connect(growing, { events: { onListChanged } });
    await callTool(connection, 'grow');
    await until(() => onListChanged.mock.calls.length > 0);
    expect(onListChanged.mock.calls).toEqual([['tools']]);
    const { tools } = await connection.refresh();
    expect(tools.map((tool) => stringMember(tool, 'name'))).toContain('grown-1');
  });

  it('says that a resource changed as long as it is subscribed to', async () => {
    const heard: JsonObject[] = [];
    const events = { onResourceUpdated: (params: JsonObject) => void heard.push(params) };
    const connection = await connect(growing, { events });
    await callTool(connection, 'touch');
    expect(heard).toEqual([]);
    expect(await connection.call(use('resources/subscribe'), { uri }, hooks())).toMatchObject({
      kind: 'result',
    });
    await callTool(connection, 'touch');
    await until(() => heard.length > 0);
    await connection.unsubscribe(uri);
    await callTool(connection, 'touch');
    await callTool(connection, 'touch');
    expect(heard.map((params) => params.uri)).toEqual([uri]);
  });
});
