import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent } from '../domain/event.ts';
import { storableText } from './storable.ts';

type Members = Omit<AuditEvent, 'hash'>;

/** The canonical text of each member that an event has. */
export type MemberTexts = { readonly [Name in keyof Members]?: string };

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

/** In the order of the canonical form. */
const NAMES = (Object.keys(MEMBERS) as (keyof Members)[]).sort();

/**
 * Writes members of an event down as they are stored (`storable`).
 *
 * @throws BrokerError `ERR_INTERNAL` for a member that no event has: a bug of ours, and nothing of an
 * event is left out.
 */
export function memberTexts(members: Partial<Members>): MemberTexts {
  const texts: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(MEMBERS, name)) {
      throw new BrokerError('ERR_INTERNAL', `no event has a member ${name}`);
    }
    texts[name] = storableText(value, 1);
  }
  return texts;
}

/** The body of an event: the same as `eventBody` of its members. `place` stands before `draft`. */
export function bodyOf(draft: MemberTexts, place: MemberTexts): string {
  let text = '';
  for (const name of NAMES) {
    const own = place[name] ?? draft[name];
    if (own !== undefined) text += `${text === '' ? '' : ','}"${name}":${own}`;
  }
  return `{${text}}`;
}
