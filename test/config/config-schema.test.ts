import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../src/config/config-schema.ts';

describe('configJsonSchema', () => {
  it('is what schema/config.schema.json holds: it was not edited by hand', () => {
    const path = new URL('../../schema/config.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(configJsonSchema());
  });

  it('closes what is ours and leaves entries open: it says so to editors', () => {
    expect(configJsonSchema()).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['mcpServers'],
      properties: { audit: { additionalProperties: false } },
    });
  });
});
