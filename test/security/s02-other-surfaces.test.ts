import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { RpcNotification } from '../../src/domain/json-rpc.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

const CANARY = 'canary/6f1e=of+a server';
/** As it is, in base64 and in percent form, none of which holds another. */
const FORMS = [CANARY, Buffer.from(CANARY).toString('base64'), encodeURIComponent(CANARY)];
const everywhere = (uri: string): JsonObject => ({
  uri,
  name: CANARY,
  description: `in base64 ${FORMS[1]}`,
  _meta: { [CANARY]: [CANARY] },
  icons: [{ src: `https://example.com/?token=${FORMS[2]}` }],
});

let world: WholeWorld;
beforeAll(async () => {
  world = await WholeWorld.open(
    {
      s: wholeServer('s', {
        instructions: `Log in with ${CANARY}.`,
        prompts: [{ name: 'triage', description: CANARY, arguments: [{ name: CANARY }] }],
        templates: [{ uriTemplate: 's://item/{id}', name: CANARY }],
        resources: [everywhere('s://item/1')],
      }),
    },
    [CANARY],
  );
  await world.grant('alice', ['permit: s/*', 'permit: prompt:s/*', 'permit: resource:s/**']);
  await world.ask('alice', 'tools/list');
});
afterAll(() => world.close());

const COMPLETE = {
  ref: { type: 'ref/prompt', name: 's__triage' },
  argument: { name: 'x', value: '' },
};
const ASKED: readonly (readonly [method: string, params: JsonObject])[] = [
  ['prompts/list', {}],
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['prompts/get', { name: 's__triage' }],
  ['resources/read', { uri: 's://item/1' }],
  ['completion/complete', COMPLETE],
];

describe.each(['2025', '2026'] as const)('S2 a tool server’s credential (%s)', (era) => {
  it.each(ASKED)(
    'in what %s comes back with reaches no client and no record',
    async (method, params) => {
      const told: RpcNotification[] = [];
      const it = world.servers.of('s');
      const asked = (params: JsonObject) =>
        world.ask(
          'alice',
          method,
          { ...params, _meta: { 'io.modelcontextprotocol/logLevel': 'debug', progressToken: 1 } },
          {
            era,
            notify: (notification) => told.push(notification),
          },
        );
      it.onCall = async (_method, { onProgress, onNotification }) => {
        onProgress?.({ progress: 1, message: CANARY });
        const params = { level: 'error', data: { token: CANARY } };
        onNotification?.({ jsonrpc: '2.0', method: 'notifications/message', params });
        await new Promise((resolve) => setImmediate(resolve));
      };
      const replies: unknown[] = [await asked(params)];
      it.answer = () => ({
        kind: 'result',
        result: {
          ...everywhere('s://item/1'),
          resources: [everywhere('s://item/1')],
          nextCursor: CANARY,
        },
      });
      replies.push(await asked(params));
      it.answer = () => ({
        kind: 'error',
        error: { code: -32602, message: CANARY, data: { uri: CANARY } },
      });
      replies.push(await asked(params));
      delete it.answer;
      delete it.onCall;
      expect(replies.map((reply) => (reply as { kind: string }).kind)).toContain('result');
      const out = JSON.stringify([replies, told, await world.events()]);
      for (const form of FORMS) expect(out).not.toContain(form);
      if (!method.endsWith('list'))
        expect(told.map(({ method: named }) => named)).toContain('notifications/message');
    },
  );

  it('in its instructions reaches nobody', async () => {
    const handshake = era === '2025' ? 'initialize' : 'server/discover';
    for (const onlyServer of [undefined, 's']) {
      const how = { era, ...(onlyServer === undefined ? {} : { onlyServer }) };
      const shown = JSON.stringify(await world.ask('alice', handshake, {}, how));
      expect(shown).toContain('Log in with');
      for (const form of FORMS) expect(shown).not.toContain(form);
    }
  });
});
