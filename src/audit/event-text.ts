import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent } from '../domain/event.ts';
import { storableText } from './storable.ts';

type Members = Omit<AuditEvent, 'hash'>;

/** The canonical text of each member that an event has, name and all, at its place in the canonical form. */
export type MemberTexts = readonly (string | undefined)[];

const MEMBERS = {
  actor: true,
  approval: true,
  args: true,
  argsHmac: true,
  at: true,
  chain: true,
  client: true,
  clientInfo: true,
  code: true,
  conditions: true,
  decision: true,
  definitionHash: true,
  detail: true,
  durationUs: true,
  epoch: true,
  instance: true,
  intent: true,
  method: true,
  outcome: true,
  prev: true,
  prompt: true,
  reason: true,
  remote: true,
  requestId: true,
  resource: true,
  resultBytes: true,
  resultHmac: true,
  resultTypes: true,
  retryAt: true,
  revision: true,
  rule: true,
  seq: true,
  server: true,
  session: true,
  subject: true,
  template: true,
  tool: true,
  trace: true,
  transport: true,
  wouldRefuse: true,
} as const satisfies Readonly<Record<keyof Members, true>>;

/** Where each stands in the canonical form. */
const PLACES = new Map(
  Object.keys(MEMBERS)
    .sort()
    .map((name, place) => [name, place]),
);

/**
 * Writes members of an event down as they are stored (`storable`).
 *
 * @throws BrokerError `ERR_INTERNAL` for a member that no event has: a bug of ours, and nothing of an
 * event is left out.
 */
export function memberTexts(members: Partial<Members>): MemberTexts {
  const texts = new Array<string | undefined>(PLACES.size).fill(undefined);
  for (const name of Object.keys(members)) {
    const value: unknown = members[name as keyof Members];
    if (value === undefined) continue;
    const place = PLACES.get(name);
    if (place === undefined) {
      throw new BrokerError('ERR_INTERNAL', `no event has a member ${name}`);
    }
    texts[place] = `"${name}":${storableText(value, 1)}`;
  }
  return texts;
}

/** The body of an event: the same as `eventBody` of its members. `place` stands before `draft`. */
export function bodyOf(draft: MemberTexts, place: MemberTexts): string {
  let body = '';
  for (let at = 0; at < PLACES.size; at += 1) {
    const text = place[at] ?? draft[at];
    if (text !== undefined) body += body === '' ? text : `,${text}`;
  }
  return `{${body}}`;
}
