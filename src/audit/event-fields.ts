import type { AuditEvent } from '../domain/event.ts';
import { stringMember } from '../domain/json.ts';

type Look = (event: AuditEvent) => string | number | undefined;

/** What a use is of, as rules write it. */
function refOf({ server, tool, prompt, resource, template }: AuditEvent): string | undefined {
  if (server === undefined) return undefined;
  if (tool !== undefined) return `${server}/${tool}`;
  if (prompt !== undefined) return `prompt:${server}/${prompt}`;
  if (resource !== undefined) return `resource:${server}/${resource}`;
  return template === undefined ? undefined : `template:${server}/${template}`;
}

/** Epoch microseconds of an hour. */
const HOUR_MICROS = 3_600_000_000;

/** Fields with few values: each value's events are marked, a bit each. */
const MARKED = {
  code: ({ code }) => code,
  instance: ({ instance }) => instance,
  command: ({ actor }) => actor?.command,
  session: ({ session }) => session,
  subject: ({ subject }) => subject,
  client: ({ client }) => client,
  transport: ({ transport }) => transport,
  remote: ({ remote }) => remote,
  revision: ({ revision }) => revision,
  server: ({ server }) => server,
  tool: ({ tool }) => tool,
  prompt: ({ prompt }) => prompt,
  resource: ({ resource }) => resource,
  template: ({ template }) => template,
  method: ({ method }) => method,
  /** `server/tool`, `prompt:server/name`, `resource:server/uri`. */
  ref: refOf,
  definition: ({ definitionHash }) => definitionHash,
  decision: ({ decision }) => decision,
  reason: ({ reason }) => reason,
  wouldRefuse: ({ wouldRefuse }) => wouldRefuse,
  /** The grant that decided, or that a change is about. */
  grant: ({ code, rule, detail }) =>
    rule?.grant ?? (code?.startsWith('TG3') === true ? stringMember(detail, 'grant') : undefined),
  /** `file:line`. */
  rule: ({ rule }) => (rule === undefined ? undefined : `${rule.file}:${rule.line}`),
  outcome: ({ outcome }) => outcome,
  /** Hours since the epoch. */
  hour: ({ at }) => Math.floor(at / HOUR_MICROS),
} as const satisfies Record<string, Look>;

/** Fields with a value of its own in nearly every event: a fingerprint of each is kept. */
const PRINTED = {
  args: ({ argsHmac }) => argsHmac,
  approval: ({ approval }) => approval,
  intent: ({ intent }) => intent,
  request: ({ requestId }) => requestId,
  trace: ({ trace }) => trace,
} as const satisfies Record<string, Look>;

/** Numbers that are sorted by and summed up; 0 where there is none. */
const NUMBERS = {
  durationUs: ({ durationUs }) => durationUs,
  resultBytes: ({ resultBytes }) => resultBytes,
} as const satisfies Record<string, (event: AuditEvent) => number | undefined>;

/** A field with few values. */
export type MarkedField = keyof typeof MARKED;
/** A field with many values. */
export type PrintedField = keyof typeof PRINTED;
/** What the log can be asked for by an exact value. */
export type EventField = MarkedField | PrintedField;
/** What events can be sorted by, besides their order. */
export type NumberField = keyof typeof NUMBERS;

const names = <Name extends string>(of: Readonly<Record<Name, unknown>>): readonly Name[] =>
  Object.keys(of) as Name[];

/** The fields with few values. */
export const MARKED_FIELDS = names(MARKED);
/** The fields with many values. */
export const PRINTED_FIELDS = names(PRINTED);
/** Every field that can be asked for. */
export const EVENT_FIELDS: readonly EventField[] = [...MARKED_FIELDS, ...PRINTED_FIELDS];
/** The numbers. */
export const NUMBER_FIELDS = names(NUMBERS);

type Read = (event: AuditEvent) => string | undefined;

const textOf =
  (look: Look): Read =>
  (event) => {
    const value: unknown = look(event);
    if (typeof value === 'string') return value;
    return typeof value === 'number' ? String(value) : undefined;
  };

const READERS = Object.fromEntries(
  Object.entries<Look>({ ...MARKED, ...PRINTED }).map(([field, look]) => [field, textOf(look)]),
) as Readonly<Record<EventField, Read>>;

/**
 * Reads an event's value of a field, as text; `undefined` when it has none. Of an event that was tampered
 * with, so that a member has another type, likewise.
 */
export const readerOf = (field: EventField): Read => READERS[field];

/** As `readerOf`, of one event. */
export const fieldOf = (event: AuditEvent, field: EventField): string | undefined =>
  READERS[field](event);

/** An event's number, at most 2^32 - 1; 0 when it has none. */
export function numberOf(event: AuditEvent, field: NumberField): number {
  const value: unknown = NUMBERS[field](event);
  if (typeof value !== 'number' || !(value > 0)) return 0;
  return Math.min(0xffff_ffff, Math.floor(value));
}

/** Whether a field's values are marked rather than fingerprinted. */
export const isMarked = (field: EventField): field is MarkedField => Object.hasOwn(MARKED, field);
