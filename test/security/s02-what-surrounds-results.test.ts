import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENVELOPE_KEYS } from '../../src/domain/era.ts';
import { grantText, Home } from '../support/live/home.ts';
import type { Ended } from '../support/live/processes.ts';
import type { StdioClient } from '../support/live/stdio-client.ts';

const CANARY = 'canary-4b7d-of-a-server';

/** Says its credential wherever a tool server can put words beside a result. */
const TALKATIVE = `
import { createInterface } from 'node:readline';
const token = process.env.API_TOKEN;
process.stderr.write('err ' + 'x'.repeat(2_030) + token.slice(0, 9));
process.stdout.write('out ' + 'x'.repeat(186) + token + '\\n');
const write = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (id === undefined || method === undefined) return;
  if (method === 'initialize') {
    const serverInfo = { name: 'talkative', version: token };
    write({ id, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo } });
  } else if (method === 'tools/list') {
    write({ id, result: { tools: [{ name: 'say', description: token, inputSchema: { type: 'object' } }] } });
  } else if (method === 'tools/call') {
    process.stderr.write(token.slice(9) + '\\n');
    write({ id: 99, method: token });
    write({ id, result: { content: [] } });
  } else write({ id, error: { code: -32601, message: 'Method not found' } });
}).on('close', () => process.exit(0));
`;

const home = new Home({
  grants: { 'alice.yaml': grantText('alice', 'alice', ["permit: 'talkative/*'"]) },
  servers({ dir }) {
    const script = join(dir, 'talkative.mjs');
    writeFileSync(script, TALKATIVE);
    return {
      talkative: { command: process.execPath, args: [script], env: { API_TOKEN: CANARY } },
    };
  },
});
afterAll(() => home.remove());

const modern = (method: string, params: object = {}) => ({
  method,
  params: {
    ...params,
    _meta: {
      [ENVELOPE_KEYS.protocolVersion]: '2026-07-28',
      [ENVELOPE_KEYS.clientInfo]: { name: 'test', version: '0' },
      [ENVELOPE_KEYS.clientCapabilities]: {},
    },
  },
});

describe('S2 a tool server’s credential in what surrounds a result', () => {
  let client: StdioClient;
  let ended: Ended | undefined;
  beforeAll(async () => {
    await home.applyGrants();
    client = home.stdio((await home.open()).token);
  });

  it('is not in a definition that is listed', async () => {
    const answer = await client.ask({ id: 1, ...modern('tools/list') });
    expect(JSON.stringify(answer?.result)).toContain('"description":"[redacted:known]"');
    expect(client.lines.join()).not.toContain(CANARY);
  });

  it('is not in the identity of the server that answered a call', async () => {
    const answer = await client.ask({
      id: 2,
      ...modern('tools/call', { name: 'talkative__say', arguments: {} }),
    });
    expect(JSON.stringify(answer?.result)).toContain('"version":"[redacted:known]"');
    expect(client.lines.join()).not.toContain(CANARY);
  });

  it('is not in what is recorded of the server’s own questions', async () => {
    ended = await client.leave();
    const asked = (await home.events()).filter(({ code }) => code === 'TG1005');
    expect(asked.map(({ method }) => method)).toEqual(['[redacted:known]']);
    expect(JSON.stringify(await home.events())).not.toContain(CANARY);
  });

  it('is not in what is logged of the server, not where a line of it is cut or broken off', () => {
    expect(ended?.stderr).toMatch(/"err x{2030}\[redacted:known\]"/);
    expect(ended?.stderr).toMatch(/: out x{186}\[redacted:known\]"/);
    expect(ended?.stderr).not.toContain(CANARY.slice(0, 6));
  });
});
