import { z } from 'zod';
import type { JsonObject } from '../domain/json.ts';
import { BYTE_SIZE } from './byte-size.ts';
import { DURATION } from './duration.ts';
import { MAX_HOURS_LENGTH } from './hours.ts';
import { MAX_RATES, RATE } from './rate.ts';

/** Characters that cannot be seen, or break a line. A name that holds one is not the name it looks like. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

/** Most rules of one grant: a decision reads them all. */
const MAX_RULES = 500;

const isVisible = (text: string): boolean => !INVISIBLE.test(text) && text.trim() === text;

const VISIBLE = 'must not begin or end with a space, nor hold characters that cannot be seen';

const name = z
  .string()
  .min(1, 'must not be empty')
  .max(256, 'must not be longer than 256 characters')
  .refine(isVisible, VISIBLE)
  .refine((text) => !/[*?]/.test(text), 'is one name, not a pattern');

/** Whether a grant can name this as its subject or as a client. */
export const isGrantName = (text: string): boolean => name.safeParse(text).success;

const duration = z.string().regex(DURATION, 'must be a duration such as 30m, 8h or 7d');

const instant = z.iso.datetime({
  offset: true,
  error: 'must be an instant with its zone, such as 2026-12-31T18:00:00Z',
});

const pattern = z.string().min(1, 'must not be empty').refine(isVisible, VISIBLE);

const count = z.int('must be a whole number').positive('must be at least 1');

const session = z
  .strictObject({
    life: duration
      .optional()
      .describe('Longest age of a session this grant still permits calls in'),
    idle: duration
      .optional()
      .describe(
        'Longest time between two uses of it in a session; beyond that it permits no more there',
      ),
    maxCalls: count.optional().describe('Most uses of it in one session'),
    concurrent: count.optional().describe('Most uses of it at once in one session'),
  })
  .describe('Limits of a session; they govern only the calls this grant permits');

/** What only a permit says. */
export const PERMIT_TERMS = [
  'limit',
  'approval',
  'wait',
  'maxResult',
  'flow',
  'enforce',
  'until',
] as const satisfies readonly string[];

/** Checked as it is read, where it can be said what is wrong with it; the pattern is for editors. */
const RATES = `must be a rate such as 10/h, or a list of at most ${MAX_RATES}`;
const rate = z.string().meta({ pattern: RATE.source });

const rule = z
  .strictObject({
    permit: pattern
      .optional()
      .describe(
        'A glob over server/tool, prompt:server/name, resource:server/uri or ask:server/kind',
      ),
    deny: pattern
      .optional()
      .describe('A glob of the same kinds; outweighs every permit of its kind'),
    when: z
      .string()
      .refine((text) => text.trim() !== '', 'must not be empty')
      .optional()
      .describe(
        'A condition, in CEL, over args, subject, client, session and now; not of `ask:` rules',
      ),
    hours: z
      .string()
      .max(MAX_HOURS_LENGTH, `must not be longer than ${MAX_HOURS_LENGTH} characters`)
      .optional()
      .describe('When it is in force, such as Mon-Fri 08:00-18:00 Europe/Berlin'),
    limit: z
      .union([rate, z.array(rate).min(1, RATES).max(MAX_RATES, RATES)], { error: RATES })
      .optional()
      .describe('How often it permits, such as 10/h, 5/10m or [10/h, 100/d]'),
    approval: z
      .enum(['admin', 'client'], 'must be `admin` or `client`')
      .optional()
      .describe('Who is asked to approve each use'),
    wait: duration
      .optional()
      .describe('How long a call is held open for its approval; at most 10m'),
    maxResult: z
      .string('must be a size such as 64KB')
      .regex(BYTE_SIZE, 'must be a size such as 64KB')
      .optional()
      .describe('Largest result it permits to be released, such as 64KB'),
    flow: z
      .literal('allow', 'must be `allow`, or left out')
      .optional()
      .describe(
        'allow: sends data out without an approval, also when the session has read private and untrusted data',
      ),
    enforce: z
      .boolean('must be `false`, or left out')
      .meta({ const: false })
      .optional()
      .describe('false: what `when` and `limit` would refuse is recorded, not refused'),
    until: instant.optional().describe('When `enforce: false` ends; at most seven days from now'),
  })
  .meta({
    oneOf: [
      { required: ['permit'] },
      {
        required: ['deny'],
        properties: Object.fromEntries(PERMIT_TERMS.map((key) => [key, false])),
      },
    ],
    dependencies: { wait: ['approval'], enforce: ['until'], until: ['enforce'] },
  });

const match = z.strictObject({
  issuer: name.optional(),
  groups: z.array(name).optional(),
});

/** The grant file's format: the one source of what is read, and of `schema/grant.schema.json`. */
export const grantFile = z
  .strictObject({
    $schema: z.string().optional(),
    id: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]{0,63}$/,
        'must be lower-case letters, digits and hyphens, at most 64, not starting with a hyphen',
      )
      .describe('Names the grant for good: a revoked id never comes back by itself'),
    subject: name.optional().describe('Who may'),
    match: match.optional(),
    clients: z
      .array(name)
      .min(1, 'names nobody; leave it out for any client')
      .optional()
      .describe('Profiles it holds for; any client when left out'),
    purpose: z
      .string()
      .max(1_000, 'must not be longer than 1,000 characters')
      .refine((text) => text.trim() !== '', 'must not be empty')
      .describe('What for, in words'),
    expires: instant.describe('The instant it ends'),
    session: session.optional(),
    rules: z
      .array(rule)
      .max(MAX_RULES, `must not be more than ${MAX_RULES}`)
      .describe('What it permits and denies; deny outweighs permit'),
    revoked: instant.optional().describe('When it was revoked: the file is then inert'),
  })
  .meta({
    title: 'Toolgrant grant',
    oneOf: [{ required: ['subject'] }, { required: ['match'] }],
  });

/** A grant file's content, checked. */
export type GrantFile = z.infer<typeof grantFile>;

/** Keys of the file, of `session`, of a rule and of `match`, for naming the one that was meant. */
export const GRANT_KEYS = {
  file: Object.keys(grantFile.shape),
  session: Object.keys(session.shape),
  rule: Object.keys(rule.shape),
  match: Object.keys(match.shape),
} as const;

/** The JSON Schema of a grant file, draft 7: the one editors know. */
export function grantJsonSchema(): JsonObject {
  return z.toJSONSchema(grantFile, { target: 'draft-7' }) as unknown as JsonObject;
}
