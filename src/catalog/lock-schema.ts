import { z } from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const toolSchema = z.strictObject({
  name: z.string().min(1),
  hash: hash.describe('SHA-256 over the canonical form of the definition (RFC 8785)'),
  definition: z
    .record(z.string(), z.unknown())
    .describe('the whole definition, as the tool server lists it'),
});

const entrySchema = z.strictObject({
  era: z.enum(['2025', '2026']),
  revision: z.string().describe('protocol revision agreed on'),
  askedWith: z.record(z.string(), z.unknown()).describe('client capabilities it was asked with'),
  serverInfo: z.record(z.string(), z.unknown()),
  capabilities: z.record(z.string(), z.unknown()),
  instructions: z.string().optional(),
  tools: z.array(toolSchema).max(2_000).describe('approved tools, by name'),
  quarantined: z
    .array(z.string())
    .describe('names of tools that nobody may call all the same')
    .optional(),
});

/** The lock file's whole shape: the one definition that both checks a file and makes `schema/lock.schema.json`. */
export const lockSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  servers: z.record(z.string(), entrySchema).describe('approved definitions by tool server'),
});

/** The JSON Schema of `mcp.lock.json`, for editors: what `schema/lock.schema.json` holds. */
export function lockJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(lockSchema, { io: 'input' }), title: 'Toolgrant lock' };
}
