/**
 * The two eras of MCP. `2025`: `initialize`, sessions, server-to-client requests. `2026`: stateless,
 * `server/discover`, a `_meta` envelope on each request.
 */
export type Era = '2025' | '2026';

/** The one revision of the 2026 era. */
export const REVISION_2026 = '2026-07-28';

/** The revision offered to a 2025-era peer that names none we know. */
export const REVISION_2025 = '2025-11-25';

/** The 2025-era revisions we speak, newest first. */
export const REVISIONS_2025: readonly string[] = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
];

/** Members of `_meta` that make up the 2026 request envelope: each hop's own, never passed on. */
export const ENVELOPE_KEYS = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
} as const;

/** Member of a 2026 result's `_meta` that names the server that answered. */
export const SERVER_INFO_KEY = 'io.modelcontextprotocol/serverInfo';

/** Member of a 2026 notification's `_meta` that names the `subscriptions/listen` it is told on. */
export const SUBSCRIPTION_ID_KEY = 'io.modelcontextprotocol/subscriptionId';
