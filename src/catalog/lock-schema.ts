import { z } from 'zod';
import { ITEM_FLAG_KINDS } from '../domain/item-flag.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const itemSchema = z.strictObject({
  name: z.string().min(1).describe('its name; of a template its uriTemplate'),
  hash: hash.describe('SHA-256 over the canonical form of the definition (RFC 8785)'),
  definition: z
    .record(z.string(), z.unknown())
    .describe('the whole definition, as the tool server lists it'),
  flags: z
    .array(
      z.strictObject({
        kind: z.enum(ITEM_FLAG_KINDS),
        at: z.string().max(400).describe('where, as a JSON pointer'),
        found: z.string().max(400),
        isBlocking: z.boolean(),
      }),
    )
    .min(1)
    .max(200)
    .describe('what was noticed about it when it was approved')
    .optional(),
});

const entrySchema = z.strictObject({
  era: z.enum(['2025', '2026']),
  revision: z.string().describe('protocol revision agreed on'),
  askedWith: z.record(z.string(), z.unknown()).describe('client capabilities it was asked with'),
  serverInfo: z.record(z.string(), z.unknown()),
  capabilities: z.record(z.string(), z.unknown()),
  origin: z
    .strictObject({
      package: z.string().max(256).describe('npm package of its entry file').optional(),
      entry: hash.describe('SHA-256 of the file that is run').optional(),
      address: z.string().max(512).describe('scheme, host and port of one over HTTP').optional(),
    })
    .describe('what it was started from, or reached at, when it was approved')
    .optional(),
  instructions: z
    .union([
      z.strictObject({ hash, text: z.string() }),
      z.string().describe('as earlier versions wrote them: nobody approved them'),
    ])
    .describe('approved instructions, with the SHA-256 over their canonical form')
    .optional(),
  tools: z.array(itemSchema).max(2_000).describe('approved tools, by name'),
  prompts: z.array(itemSchema).max(2_000).describe('approved prompts, by name').optional(),
  templates: z
    .array(itemSchema)
    .max(2_000)
    .describe('approved resource templates, by uriTemplate')
    .optional(),
  quarantined: z
    .array(z.string())
    .describe(
      'what nobody may use all the same: tools by name, prompt:NAME, template:URI, instructions',
    )
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
