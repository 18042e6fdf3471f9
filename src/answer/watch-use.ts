import { saidBy, targetFields } from '../audit/call-events.ts';
import type { UseTarget } from '../domain/access-request.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Decision, Deny, Permit } from '../domain/decision.ts';
import { member } from '../domain/json.ts';
import type { Inspection } from '../inspect/inspection.ts';
import { type Judged, judgedDecision } from '../monitor/judged.ts';
import type { Done } from '../monitor/monitor.ts';
import type { MonitoredUse, Whose } from '../monitor/monitored.ts';
import { placeOf, thingOf } from '../monitor/use-names.ts';
import type { Answering } from './answering.ts';
import type { Use } from './use.ts';

/** One use as the monitor goes along with it. */
export interface Watched {
  /** A decision on the use with what the monitor makes of it. */
  narrow(decision: Decision): Decision;
  /** Its intent is durable. */
  admitted(seq: number): Done;
  /** Its result is about to be released, as inspection left it. */
  brings(looked: Inspection): Done;
  /** Its outcome is recorded. */
  ended(end: { readonly resultBytes: number; readonly isError: boolean }): Done;
}

/** Uses that touch data, or do something: the others only list and ask after them. */
const WATCHED: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);
/** Further answers to one of them. */
const RESULTS: ReadonlySet<string> = new Set(['tasks/get', 'tasks/result']);

/** Whether the monitor judges a permitted use before it is admitted. */
export const isWatched = ({ method }: Use): boolean => WATCHED.has(method);

/** Has the monitor go along with a use that it has judged. */
export function watchUse(
  watched: MonitoredUse,
  judged: Judged,
  use: Use,
  { monitor, clock }: Answering,
): Watched {
  const isJudged = isWatched(use);
  let call = 0;
  return {
    narrow: (decision) => judgedDecision(decision, judged),
    admitted(seq) {
      call = seq;
      return isJudged ? monitor.admitted(watched, seq, judged.kind === 'hold') : undefined;
    },
    brings({ reply, detail }) {
      if (!isJudged && !RESULTS.has(use.method)) return undefined;
      const found = member(detail, 'found');
      return monitor.brings(watched, {
        at: clock.now(),
        call,
        labels: watched.labels,
        hasOrders: member(found, 'orders') !== undefined,
        hasSecrets: member(found, 'secrets') !== undefined,
        result: saidBy(reply),
        isChosen: use.target.kind === 'prompt',
      });
    },
    ended: (end) => (isJudged ? monitor.ended(watched, end) : undefined),
  };
}

/** Tells the monitor of a refused use. */
export const watchRefusal = (
  { principal }: IncomingRequest,
  { target }: Use,
  { reason }: Deny,
  { monitor, clock }: Answering,
): Done =>
  monitor.refused({
    ...whose(principal),
    at: clock.now(),
    thing: Object.values(targetFields(target)).join('/'),
    reason,
  });

const whose = ({ sessionId: session, subject, client }: IncomingRequest['principal']): Whose =>
  client === undefined ? { session, subject } : { session, subject, client };

/** A permitted use as the monitor knows it. */
export function monitoredUse(
  { principal, origin, clientInfo }: IncomingRequest,
  use: Use,
  permit: Permit,
  argsBytes: number,
  broker: Answering,
): MonitoredUse {
  const { target } = use;
  // A URI says as much as an argument does.
  const args = target.kind === 'resource' ? { uri: target.uri } : use.args;
  const { grant } = permit.rule;
  const labels = target.kind === 'tool' ? broker.labelsOf(target.server, target.tool) : [];
  const isReadOnly = isReading(target, broker);
  return {
    ...whose(principal),
    at: broker.clock.now(),
    grant,
    thing: thingOf(target),
    server: target.server,
    tool: target.kind === 'tool' ? target.tool : undefined,
    args,
    purpose: purposeOf(principal.subject, grant, broker),
    labels,
    isReadOnly,
    isWriting: labels.includes('egress') || labels.includes('destructive') || !isReadOnly,
    isFlowAllowed: permit.terms?.flow === 'allow',
    argsBytes,
    place: placeOf(origin),
    clientName: clientInfo?.name.slice(0, 256),
  };
}

/** Whether a use is known to change nothing: by the definition that was approved, never a live one. */
function isReading(target: UseTarget, { catalog }: Answering): boolean {
  if (target.kind !== 'tool') return true;
  try {
    const { servers } = catalog.view();
    return servers.get(target.server)?.tools?.get(target.tool)?.isReading === true;
  } catch {
    return false;
  }
}

/** What a grant is for. Nothing, when that cannot be read: then nothing is what the person asked for. */
function purposeOf(subject: string, id: string, { readPolicy }: Answering): string {
  try {
    const { grants } = readPolicy(subject);
    return grants.find((grant) => grant.id === id)?.purpose ?? '';
  } catch {
    return '';
  }
}
