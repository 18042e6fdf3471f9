import { describe, expect, it } from 'vitest';
import { resultTypes } from '../../src/audit/result-types.ts';
import type { Json } from '../../src/domain/json.ts';

const cases: readonly (readonly [string, Json, readonly string[] | undefined])[] = [
  ['nothing', {}, undefined],
  ['no object', 'text', undefined],
  ['text', { content: [{ type: 'text', text: 'a' }] }, ['text']],
  [
    'kinds with media types, each once',
    {
      content: [
        { type: 'image', mimeType: 'image/PNG' },
        { type: 'image', mimeType: 'image/png' },
        { type: 'resource', resource: { uri: 'a:b', mimeType: 'text/plain' } },
      ],
      structuredContent: {},
    },
    ['image image/png', 'resource text/plain', 'structured'],
  ],
  ['what a resource holds', { contents: [{ mimeType: 'text/html' }] }, ['resource text/html']],
  ['messages of a prompt', { messages: [{ content: { type: 'audio' } }] }, ['audio']],
  [
    'no word of a server’s own',
    {
      content: [
        { type: 'password hunter2' },
        { type: 'text', mimeType: 'x/ghp_a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4' },
        { type: 'text', mimeType: 'no media type' },
      ],
    },
    ['other', 'text'],
  ],
];

describe('resultTypes', () => {
  it.each(cases)('names %s', (_, result, types) => {
    expect(resultTypes(result)).toEqual(types);
  });

  it('stops at eight', () => {
    const content = Array.from({ length: 20 }, (_, n) => ({
      type: 'text',
      mimeType: `text/x${n}`,
    }));
    expect(resultTypes({ content })).toHaveLength(9);
  });
});
