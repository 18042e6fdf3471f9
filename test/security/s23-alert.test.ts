import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Home } from '../support/live/home.ts';

const bodies: string[] = [];
let failures = 1;
const hook = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (part: string) => {
    body += part;
  });
  request.on('end', () => {
    if (failures > 0) {
      failures -= 1;
      response.writeHead(503).end();
      return;
    }
    bodies.push(body);
    response.end();
  });
});
let home: Home;

beforeAll(async () => {
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const { port } = hook.address() as AddressInfo;
  const webhook = `http://127.0.0.1:${port}/hush-hush-path`;
  home = new Home({ more: { alerts: { webhook } } });
  await home.applyGrants();
});
afterAll(async () => {
  await home.remove();
  await new Promise((resolve) => hook.close(resolve));
});

it('S23 a webhook is told of a tool server that was pinned, though it failed at first, and no client waits', async () => {
  const client = home.stdio((await home.open()).token);
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '0' },
  };
  await client.ask({ id: 0, method: 'initialize', params });
  const listed = await client.ask({ id: 1, method: 'tools/list' });
  expect(listed).toHaveProperty('result.tools.0');
  expect(bodies).toEqual([]);
  await expect.poll(() => bodies.length, { timeout: 10_000 }).toBe(1);
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
    version: 1,
    code: 'TG4001',
    name: 'catalog.pinned',
    server: 's',
    detail: { tools: expect.any(Array) },
  });
});
