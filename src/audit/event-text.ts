import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent, EventDraft } from '../domain/event.ts';
import { storableText } from './storable.ts';

/** The members of an event that say where it stands. */
export type Place = Pick<AuditEvent, 'at' | 'chain' | 'instance' | 'prev' | 'seq'>;

/**
 * The canonical text of a draft's members, names and all, cut where those of its place belong: before `at`
 * and `chain`, up to `instance`, up to `prev`, up to `seq`, and the rest. A comma before each.
 */
export type DraftTexts = readonly [string, string, string, string, string];

/** What a member must be, where it is relied on within a transaction: questions and rights turn on it. */
type Type = 'text' | 'whole number' | 'any';

const MEMBERS = {
  actor: 'any',
  approval: 'any',
  args: 'any',
  argsHmac: 'any',
  client: 'text',
  clientInfo: 'any',
  code: 'text',
  conditions: 'any',
  decision: 'text',
  definitionHash: 'any',
  detail: 'any',
  durationUs: 'any',
  epoch: 'whole number',
  intent: 'whole number',
  method: 'any',
  outcome: 'text',
  prompt: 'any',
  reason: 'text',
  remote: 'any',
  requestId: 'any',
  resource: 'any',
  resultBytes: 'any',
  resultHmac: 'any',
  resultTypes: 'any',
  retryAt: 'any',
  revision: 'any',
  rule: 'any',
  server: 'text',
  session: 'text',
  subject: 'text',
  template: 'any',
  tool: 'text',
  trace: 'any',
  transport: 'any',
  wouldRefuse: 'any',
} as const satisfies Readonly<Record<keyof EventDraft, Type>>;

interface Member {
  /** Where it stands among those of a draft in the canonical form. */
  readonly at: number;
  /** Which of a draft's texts it is in. */
  readonly part: number;
  readonly type: Type;
  /** As it is written, comma, colon and all. */
  readonly name: string;
}

const PARTS_END_BEFORE = ['at', 'instance', 'prev', 'seq'];
const members = new Map(
  Object.entries(MEMBERS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, type], at): [string, Member] => {
      const part = PARTS_END_BEFORE.filter((end) => end < name).length;
      return [name, { at, part, type, name: `,"${name}":` }];
    }),
);
const PART_OF = [...members.values()].map(({ part }) => part);
const NONE: readonly (string | undefined)[] = PART_OF.map(() => undefined);

/**
 * Writes the members of a draft down as they are stored (`storable`).
 *
 * @throws BrokerError `ERR_INTERNAL` for a member that no event has, so that nothing is left out, and for
 * one of the wrong type: bugs of ours.
 */
export function draftTexts(draft: EventDraft): DraftTexts {
  const texts = NONE.slice();
  for (const name of Object.keys(draft)) {
    const value: unknown = draft[name as keyof EventDraft];
    if (value === undefined) continue;
    const member = members.get(name);
    if (member === undefined) {
      throw new BrokerError('ERR_INTERNAL', `no event has a member ${name}`);
    }
    if (!isOf(member.type, value)) {
      throw new BrokerError('ERR_INTERNAL', `an event's ${name} has the wrong type`);
    }
    texts[member.at] = member.name + storableText(value, 1);
  }
  const parts: [string, string, string, string, string] = ['', '', '', '', ''];
  for (let at = 0; at < texts.length; at += 1) {
    const text = texts[at];
    if (text !== undefined) parts[PART_OF[at] as 0] += text;
  }
  return parts;
}

function isOf(type: Type, value: unknown): boolean {
  if (type === 'any') return true;
  return type === 'text' ? typeof value === 'string' : Number.isSafeInteger(value);
}

/** The body of an event: the same as `eventBody` of its members. */
export function bodyOf(draft: DraftTexts, { at, chain, instance, prev, seq }: Place): string {
  const [toAt, toInstance, toPrev, toSeq, rest] = draft;
  const start = toAt === '' ? '' : `${toAt.slice(1)},`;
  const time = `"at":${storableText(at)},"chain":${storableText(chain)}`;
  const writer = `,"instance":${storableText(instance)}`;
  const before = `,"prev":${storableText(prev)}`;
  return `{${start}${time}${toInstance}${writer}${toPrev}${before}${toSeq},"seq":${seq}${rest}}`;
}
