import { describe, expect, it } from 'vitest';
import { driftOf, pinOffer } from '../../src/catalog/pin-offer.ts';
import type { ServerOffer } from '../../src/domain/catalog-record.ts';

const offer = (...tools: { name: string; description?: string }[]): ServerOffer => ({
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: { name: 'x', version: '1' },
  capabilities: { tools: {}, unheardOf: { a: 1 } },
  tools,
});

describe('pinOffer', () => {
  it('keeps everything, ordered by name', () => {
    const pinned = pinOffer('x', offer({ name: 'b' }, { name: 'a', description: 'A' }), 7);
    expect(pinned).toEqual({
      server: 'x',
      ...offer(),
      pinnedAt: 7,
      tools: [
        {
          name: 'a',
          definition: { name: 'a', description: 'A' },
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        { name: 'b', definition: { name: 'b' }, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
    });
  });
});

describe('driftOf', () => {
  const pinned = pinOffer('x', offer({ name: 'a', description: 'A' }, { name: 'b' }), 7);

  it('finds nothing when the same definitions come in another order and spelling', () => {
    expect(driftOf(pinned, offer({ name: 'b' }, { description: 'A', name: 'a' }))).toEqual(
      new Map(),
    );
  });

  it('names a tool whose definition differs by one character', () => {
    const drift = driftOf(pinned, offer({ name: 'a', description: 'B' }, { name: 'b' }));
    expect([...drift.keys()]).toEqual(['a']);
    expect(drift.get('a')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('leaves a drifted tool marked when it is equal again, and when it differs anew', () => {
    const drifted = {
      ...pinned,
      tools: pinned.tools.map((tool) => (tool.name === 'a' ? { ...tool, drift: 'x' } : tool)),
    };
    for (const description of ['A', 'C']) {
      expect(driftOf(drifted, offer({ name: 'a', description }, { name: 'b' }))).toEqual(new Map());
    }
  });

  it('takes neither a missing nor an added tool for drift', () => {
    expect(driftOf(pinned, offer({ name: 'b' }, { name: 'c' }))).toEqual(new Map());
  });
});
