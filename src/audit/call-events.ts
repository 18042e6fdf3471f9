import type { UseTarget } from '../domain/access-request.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Clock } from '../domain/clock.ts';
import type { Deny, Permit } from '../domain/decision.ts';
import type { EventDraft, Outcome } from '../domain/event.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import { replaceSpans } from '../domain/span.ts';
import type { ArgumentsMode } from './redact.ts';
import { resultTypes } from './result-types.ts';
import { findTokens, findUriSecrets } from './secret-shapes.ts';

/** Longest text of a client's kept in an event, characters. */
const MAX_TEXT = 256;

/** Looked at beyond a cut, so that what begins before it is seen whole. */
const MARGIN = 256;
/** Shorter ones hold no token whose form is known. */
const SHORTEST_TOKEN = 20;

/** Cuts a client's text to what an event holds. Attack: a token as a name, an id, a method. */
export function cut(text: string): string {
  if (text.length < SHORTEST_TOKEN) return text.toWellFormed();
  const window = text.slice(0, MAX_TEXT + MARGIN);
  const shown = replaceSpans(window, findTokens(window), MAX_TEXT).toWellFormed();
  return text.length <= MAX_TEXT ? shown : `${shown}…`;
}

/** How arguments and results are written down. */
export interface Recording {
  readonly clock: Clock;
  /** What `audit.arguments`, or its server's own setting, keeps of the arguments of a use. */
  argumentsMode(target: UseTarget): ArgumentsMode;
  /** Arguments as a mode wants them; `undefined` leaves them out. */
  redact(args: Json, mode: ArgumentsMode): Json | undefined;
  /** HMAC-SHA256, hex. Never throws. */
  hmac(value: Json): string;
  /** The value without the known secrets of tool servers, in plain, base64 or percent form. */
  scrub<T extends Json>(value: T): T;
  /** UTF-8 bytes of a value on the wire. */
  sizeOf(value: Json): number;
  /** Both of one pass over the value. */
  digest(value: Json): { readonly hmac: string; readonly bytes: number };
}

/** The events of one use, each a pure draft. */
export interface CallEvents {
  /** UTF-8 bytes of its arguments, where they were digested. */
  readonly argsBytes: number | undefined;
  refused(deny: Deny): EventDraft;
  /** It failed before an intent could be made durable. */
  notAdmitted(code: string): EventDraft;
  intent(permit: Permit): EventDraft;
  released(receipt: IntentReceipt, reply: RpcReply, outcome: Outcome): EventDraft;
  /**
   * Cancelled by the client, or denied after dispatch (`withheld`) or just before it (`refused`).
   * `unclaimed`: cancelled because the client did not come back for its reply.
   */
  ended(
    receipt: IntentReceipt,
    why: Deny | 'cancelled' | 'unclaimed',
    outcome?: 'withheld' | 'refused',
  ): EventDraft;
  failed(receipt: IntentReceipt, code: string): EventDraft;
}

/** What every event about a request says of it. */
export function requestFields(incoming: IncomingRequest): Omit<EventDraft, 'code'> {
  const { principal, origin, clientInfo } = incoming;
  return {
    session: principal.sessionId,
    subject: principal.subject,
    transport: origin.transport,
    revision: cut(incoming.revision),
    requestId: cut(String(incoming.request.id)),
    ...(principal.client === undefined ? {} : { client: principal.client }),
    ...(origin.remote === undefined ? {} : { remote: origin.remote }),
    ...(clientInfo === undefined
      ? {}
      : { clientInfo: { name: cut(clientInfo.name), version: cut(clientInfo.version) } }),
  };
}

/** What every event about a use says of what is used. */
export function targetFields(target: UseTarget): Omit<EventDraft, 'code'> {
  const server = cut(target.server);
  switch (target.kind) {
    case 'tool':
      return { server, tool: cut(target.tool) };
    case 'prompt':
      return { server, prompt: cut(target.prompt) };
    case 'resource':
      return { server, resource: cutUri(target.uri) };
    case 'template':
      return { server, template: cut(target.template) };
    case 'server':
      return { server };
  }
}

/** As `cut`. Attack: a password before the host, or a token in the query, of a URI that a model read. */
export const cutUri = (uri: string): string =>
  cut(replaceSpans(uri, findUriSecrets(uri), uri.length));

/** The method, which a tool call's events do without. */
const methodField = (method: string): Pick<EventDraft, 'method'> =>
  method === 'tools/call' ? {} : { method: cut(method) };

/** Each condition that took part, by its rule; what it says is in the grant's revision. */
const conditionsField = ({ conditions }: Permit | Deny): Pick<EventDraft, 'conditions'> =>
  conditions === undefined
    ? {}
    : { conditions: conditions.map(({ grant, index, result }) => ({ grant, index, result })) };

/** What every event about a deny says of it. */
export const denyFields = (deny: Deny): Omit<EventDraft, 'code'> => ({
  decision: 'deny',
  reason: deny.reason,
  ...conditionsField(deny),
  epoch: deny.epoch,
  ...(deny.retryAt === undefined ? {} : { retryAt: deny.retryAt }),
  ...(deny.approvalId === undefined ? {} : { approval: deny.approvalId }),
  ...(deny.rule === undefined ? {} : { rule: deny.rule }),
  ...(deny.approvalId === undefined ? {} : { approval: deny.approvalId }),
});

/** What an event says of a result. */
export const resultFields = ({
  hmac,
  bytes,
}: ReturnType<Recording['digest']>): Pick<EventDraft, 'resultHmac' | 'resultBytes'> => ({
  resultHmac: hmac,
  resultBytes: bytes,
});

/** What a reply says, be it a result or an error. */
export const saidBy = (reply: RpcReply): JsonObject =>
  reply.kind === 'result' ? reply.result : { ...reply.error };

/** Makes the drafts of one use. */
export function callEvents(
  incoming: IncomingRequest,
  use: {
    readonly target: UseTarget;
    readonly method: string;
    readonly args: Json;
    readonly trace: string | undefined;
  },
  recording: Recording,
): CallEvents {
  const startedMs = recording.clock.monotonicMs();
  const mode = recording.argumentsMode(use.target);
  const args = recording.redact(use.args, mode);
  const request: Omit<EventDraft, 'code'> = {
    ...requestFields(incoming),
    ...targetFields(use.target),
    ...methodField(use.method),
    ...(use.trace === undefined ? {} : { trace: use.trace }),
  };
  const digest = mode === 'none' ? undefined : recording.digest(use.args);
  const withArgs = {
    ...request,
    ...(digest === undefined ? {} : { argsHmac: digest.hmac }),
    ...(args === undefined ? {} : { args }),
  };
  const closing = (receipt: IntentReceipt): EventDraft => ({
    code: 'TG1002',
    session: receipt.sessionId,
    subject: receipt.subject,
    ...targetFields(receipt.target),
    ...methodField(receipt.method),
    intent: receipt.seq,
    durationUs: Math.round((recording.clock.monotonicMs() - startedMs) * 1000),
  });
  return {
    argsBytes: digest?.bytes,
    refused: (deny) => ({ ...withArgs, code: 'TG1003', ...denyFields(deny) }),
    notAdmitted: (code) => ({ ...withArgs, code: 'TG1003', outcome: 'failed', reason: code }),
    intent: (permit) => ({
      ...withArgs,
      code: 'TG1001',
      decision: 'permit',
      rule: permit.rule,
      epoch: permit.epoch,
      ...conditionsField(permit),
      ...(permit.wouldRefuse === undefined ? {} : { wouldRefuse: permit.wouldRefuse }),
      ...(permit.definitionHash === undefined ? {} : { definitionHash: permit.definitionHash }),
    }),
    released(receipt, reply, outcome) {
      const value = saidBy(reply);
      const types = reply.kind === 'result' ? resultTypes(reply.result) : undefined;
      return {
        ...closing(receipt),
        outcome,
        ...resultFields(recording.digest(value)),
        ...(types === undefined ? {} : { resultTypes: types }),
      };
    },
    ended(receipt, why, outcome = 'withheld') {
      if (why === 'cancelled') return { ...closing(receipt), outcome: 'cancelled' };
      if (why === 'unclaimed') return { ...closing(receipt), outcome: 'cancelled', reason: why };
      return { ...closing(receipt), outcome, ...denyFields(why) };
    },
    failed: (receipt, code) => ({ ...closing(receipt), outcome: 'failed', reason: code }),
  };
}
