import { describe, expect, it } from 'vitest';
import { cut } from '../../src/audit/call-events.ts';
import { beginningOf } from '../../src/domain/beginning-of.ts';
import { ENVELOPE_KEYS, REVISION_2026 } from '../../src/domain/era.ts';
import { ClientUses } from '../../src/mcp-server/client-uses.ts';
import { readInbound } from '../../src/mcp-server/inbound.ts';
import { thingOf } from '../../src/monitor/use-names.ts';
import { bytesHeldBy, MEGABYTE } from '../support/bytes-held-by.ts';
import { FakeBroker, principalOf } from './fake-broker.ts';

const ORIGIN = { transport: 'stdio' } as const;

/** Names of a megabyte, each another. */
const names = (): readonly string[] =>
  Array.from({ length: 24 }, (_, n) => Buffer.alloc(MEGABYTE, `${n} `).toString('latin1'));

/** What a client that calls itself so says of itself in 2026, as the face reads it. */
function clientCalled(name: string) {
  const _meta = {
    [ENVELOPE_KEYS.protocolVersion]: REVISION_2026,
    [ENVELOPE_KEYS.clientInfo]: { name, version: '1' },
    [ENVELOPE_KEYS.clientCapabilities]: {},
  };
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } };
  const inbound = readInbound(message, undefined, REVISION_2026);
  return inbound.kind === 'request' ? inbound.clientInfo : undefined;
}

describe('a name of a megabyte that a client sends', () => {
  it.each<[string, (name: string) => unknown]>([
    ['a client', (name) => clientCalled(name)],
    ['a tool in an event', (name) => cut(name)],
    ['a tool that was refused', (tool) => thingOf({ kind: 'tool', server: 's', tool })],
    ['a prompt that was refused', (prompt) => thingOf({ kind: 'prompt', server: 's', prompt })],
  ])('is not held on to by what is remembered of %s', (_, remember) => {
    expect(bytesHeldBy(() => names().map((name) => remember(name)))).toBeLessThan(6 * MEGABYTE);
  });

  it('is not held on to by the uses of a session', () => {
    const uses = new ClientUses(new FakeBroker());
    const note = () =>
      names().map((name) => uses.note(principalOf('a'), ORIGIN, clientCalled(name)));
    expect(bytesHeldBy(note)).toBeLessThan(6 * MEGABYTE);
  });

  it('is cut as a slice is', () => {
    for (const text of ['', 'abc', 'abcd', 'a\u{1f600}bc', 'abc\ud83d\ude00', '\u2028"\\\n\0 x']) {
      expect(beginningOf(text, 4)).toBe(text.slice(0, 4));
    }
  });
});
