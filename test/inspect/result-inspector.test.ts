import { describe, expect, it } from 'vitest';
import { findShapes } from '../../src/audit/secret-shapes.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { MARK } from '../../src/inspect/inspection.ts';
import { resultInspector } from '../../src/inspect/result-inspector.ts';
import { DEFAULT_RESULT_SETTINGS } from '../../src/inspect/result-settings.ts';

const inspector = resultInspector({
  settingsOf: () => ({ ...DEFAULT_RESULT_SETTINGS, schema: 'withhold', types: ['text'] }),
  labelsOf: () => [],
  outputSchemaOf: () => ({ properties: { n: { type: 'number' } } }),
  findShapes,
  sizeOf: () => 0,
});
const target = { kind: 'tool', server: 's', tool: 't' } as const;
const look = (method: string, result: JsonObject) =>
  inspector({ target, method }, { kind: 'result', result });

const broken: JsonObject = { content: [], structuredContent: { n: 'x' } };
const image: JsonObject = { content: [{ type: 'image', data: 'QUJD', mimeType: 'image/png' }] };
const state = (result: JsonObject): JsonObject => ({ taskId: 'a', status: 'completed', result });

describe('a result of a tool call', () => {
  it.each<[string, string, (result: JsonObject) => JsonObject]>([
    ['at once', 'tools/call', (result) => result],
    ['of its task', 'tasks/result', (result) => result],
    ['in the state of its task', 'tasks/get', state],
  ])('is held to its schema and kinds: %s', async (_, method, as) => {
    expect((await look(method, as(broken))).withheld).toBe('schema');
    expect((await look(method, as(image))).withheld).toBe('type');
    expect(await look(method, as({ content: [], structuredContent: { n: 1 } }))).toEqual({
      reply: { kind: 'result', result: as({ content: [], structuredContent: { n: 1 } }) },
    });
  });

  it('that is not there yet is held to nothing', async () => {
    const result = { taskId: 'a', status: 'working' };
    expect((await look('tasks/get', result)).withheld).toBeUndefined();
  });

  it('loses a mark of its server in the state of its task too', async () => {
    const forged = { content: [], structuredContent: {}, _meta: { [MARK]: {}, kept: 1 } };
    const { reply } = await look('tasks/get', state(forged));
    expect(reply).toMatchObject({
      result: {
        result: { _meta: { kept: 1 } },
        _meta: { [MARK]: { done: { forged: 'removed' } } },
      },
    });
    expect(JSON.stringify(reply).split(MARK)).toHaveLength(2);
  });
});
