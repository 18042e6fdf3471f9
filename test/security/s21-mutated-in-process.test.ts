import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { REVISION_2025 } from '../../src/domain/era.ts';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { parseJsonRpc } from '../../src/mcp-client/rpc-message.ts';
import { readInbound } from '../../src/mcp-server/inbound.ts';
import { serveStdio } from '../../src/mcp-server/stdio-face.ts';
import { readJson } from '../../src/mcp-server/wire.ts';
import { FakeBroker } from '../mcp-server/fake-broker.ts';
import { mutations } from '../support/fuzz/mutations.ts';

const SEED = 21;

/** Everything that all objects share. */
const shared = (): readonly (readonly PropertyKey[])[] =>
  [Object, Array, Function, String, Number, Promise, Map].map(({ prototype }) =>
    Reflect.ownKeys(prototype),
  );

describe(`mutated messages (seed ${SEED})`, () => {
  it('are read the same once they have been written again, or not at all', () => {
    const kinds = new Map<string, number>();
    for (const { bytes } of mutations(SEED, 20_000)) {
      const body = readJson(bytes, 10_000);
      const kind =
        typeof body === 'string' ? 'none' : readInbound(body.value, undefined, REVISION_2025).kind;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (typeof body === 'string') continue;
      const text = stringifyJson(body.value);
      expect(stringifyJson(parseJson(text))).toBe(text);
    }
    // Each way is taken, so that the test looks at more than what is no JSON.
    for (const kind of ['none', 'reject', 'request', 'notification', 'response']) {
      expect([kind, (kinds.get(kind) ?? 0) > 100]).toEqual([kind, true]);
    }
  });

  it('are something of a tool server too, and never an error', () => {
    for (const { bytes } of mutations(SEED + 1, 20_000)) {
      expect(parseJsonRpc(bytes.toString('utf8')).kind).toBeTypeOf('string');
    }
  });

  it('leave what all objects share as it was', async () => {
    const before = shared();
    const broker = new FakeBroker();
    const input = new PassThrough();
    const output = new PassThrough();
    output.resume();
    const credential = { kind: 'token', token: 'token-a' } as const;
    const face = serveStdio({ broker, credential, input, output, log: SILENT_LOG });
    for (const { bytes } of mutations(SEED + 2, 5_000)) {
      input.write(bytes);
      input.write('\n');
    }
    input.end();
    expect(await face.exitCode).toBe(0);
    expect(broker.handled.length).toBeGreaterThan(500);
    expect(shared()).toEqual(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
