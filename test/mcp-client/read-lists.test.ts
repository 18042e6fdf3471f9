import { describe, expect, it } from 'vitest';
import { ALL_CLIENT_CAPABILITIES } from '../../src/domain/client-capabilities.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Channel, ChannelRequest } from '../../src/mcp-client/channel.ts';
import { readLists } from '../../src/mcp-client/read-lists.ts';

const ALL = { tools: {}, prompts: {}, resources: {} };

/** A channel that answers each method by `answers`, a result or an error code. */
function listing(
  answers: Readonly<Record<string, (params: JsonObject) => JsonObject | number>>,
  { era = '2025', capabilities = ALL }: { era?: '2025' | '2026'; capabilities?: JsonObject } = {},
) {
  const asked: (readonly [method: string, params: JsonObject])[] = [];
  const channel = {
    async request({ method, params }: ChannelRequest) {
      asked.push([method, params]);
      const answer = answers[method]?.(params) ?? -32601;
      return typeof answer === 'number'
        ? { kind: 'error', error: { code: answer, message: 'no' } }
        : { kind: 'result', result: answer };
    },
  } as unknown as Channel;
  const handshake = { era, revision: 'x', serverInfo: {}, capabilities };
  const reader = { server: 's', version: '1', timeoutMs: 1 };
  return { asked, read: () => readLists(channel, handshake, {}, reader) };
}

const list = (member: string, items: readonly Json[], nextCursor?: string) => () => ({
  [member]: items,
  ...(nextCursor === undefined ? {} : { nextCursor }),
});
const NONE = { 'tools/list': list('tools', []), 'prompts/list': list('prompts', []) };

describe('the lists of a tool server', () => {
  it('are read whole, page by page, in its order', async () => {
    const { read } = listing({
      'tools/list': list('tools', [{ name: 'b', odd: 1 }, { name: 'a' }]),
      'prompts/list': ({ cursor }) =>
        cursor === 'next'
          ? { prompts: [{ name: 'p' }] }
          : { prompts: [{ name: 'q' }], nextCursor: 'next' },
      'resources/templates/list': list('resourceTemplates', [{ uriTemplate: 'x:{y}', name: 'n' }]),
    });
    expect(await read()).toEqual({
      tools: [{ name: 'b', odd: 1 }, { name: 'a' }],
      prompts: [{ name: 'q' }, { name: 'p' }],
      templates: [{ uriTemplate: 'x:{y}', name: 'n' }],
    });
  });

  it('are not asked for without the capability', async () => {
    const { asked, read } = listing({}, { capabilities: { logging: {} } });
    expect([await read(), asked]).toEqual([{ tools: [], prompts: [], templates: [] }, []]);
  });

  it('may lack prompts and templates, though the capability is there', async () => {
    const { read } = listing({ 'tools/list': list('tools', [{ name: 'a' }]) });
    expect(await read()).toEqual({ tools: [{ name: 'a' }], prompts: [], templates: [] });
  });

  it('are asked for with all capabilities in 2026, and with no envelope before', async () => {
    const modern = listing(NONE, { era: '2026' });
    await modern.read();
    expect(modern.asked.map(([, { _meta }]) => _meta)).toEqual(
      modern.asked.map(() =>
        expect.objectContaining({
          'io.modelcontextprotocol/clientCapabilities': ALL_CLIENT_CAPABILITIES,
        }),
      ),
    );
    const legacy = listing(NONE);
    await legacy.read();
    expect(legacy.asked[0]).toEqual(['tools/list', {}]);
  });

  const many = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `n${at}` }));
  it.each<[string, Record<string, () => JsonObject | number>]>([
    ['whose tools fail', { 'tools/list': () => -32601 }],
    ['whose prompts fail otherwise', { ...NONE, 'prompts/list': () => -32603 }],
    [
      'with two prompts of one name',
      { ...NONE, 'prompts/list': list('prompts', [{ name: 'p' }, { name: 'p' }]) },
    ],
    [
      'with a prompt that has no name',
      { ...NONE, 'prompts/list': list('prompts', [{ title: 'p' }]) },
    ],
    [
      'with two templates of one URI',
      {
        ...NONE,
        'resources/templates/list': list('resourceTemplates', [
          { uriTemplate: 'a:{b}', name: 'a' },
          { uriTemplate: 'a:{b}', name: 'b' },
        ]),
      },
    ],
    ['that are no lists', { ...NONE, 'prompts/list': list('prompt', []) }],
    ['that never end', { ...NONE, 'prompts/list': list('prompts', [], 'more') }],
    ['with too many prompts', { ...NONE, 'prompts/list': list('prompts', many(2_001)) }],
    [
      'with a tool of more members than are looked at in one turn',
      { ...NONE, 'tools/list': list('tools', [{ name: 'a', x: Array(50_001).fill(0) }]) },
    ],
    [
      'that together are more than can be kept',
      {
        'tools/list': list('tools', [{ name: 'a', x: 'x'.repeat(9 * 1024 * 1024) }]),
        'prompts/list': list('prompts', [{ name: 'a', x: 'x'.repeat(9 * 1024 * 1024) }]),
      },
    ],
  ])('are refused: %s', async (_, answers) => {
    await expect(listing(answers).read()).rejects.toMatchObject({ code: 'ERR_SERVER_PROTOCOL' });
  });
});
