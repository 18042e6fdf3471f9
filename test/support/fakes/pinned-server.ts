import type { PinnedServer } from '../../../src/domain/catalog-record.ts';

/** A pinned tool server that offers tools of these names. */
export const pinnedServer = (server: string, tools: readonly string[]): PinnedServer => ({
  server,
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: { name: server, version: '1' },
  capabilities: { tools: {} },
  tools: tools.map((name) => ({ name, definition: { name }, hash: 'a'.repeat(64) })),
  prompts: [],
  templates: [],
  pinnedAt: 0,
});
