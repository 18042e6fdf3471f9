import type { UseTarget } from '../domain/access-request.ts';
import { beginningOf } from '../domain/beginning-of.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Clock } from '../domain/clock.ts';
import type { ConditionResult, Deny, Permit } from '../domain/decision.ts';
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
  const window = beginningOf(text, MAX_TEXT + MARGIN);
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

/** An event's members while they are put together: set one by one, which costs less than a copy for each. */
type Fields<Event = Omit<EventDraft, 'code'>> = { -readonly [Name in keyof Event]: Event[Name] };

/** What every event about a request says of it. */
export function requestFields(incoming: IncomingRequest): Omit<EventDraft, 'code'> {
  const { principal, origin, clientInfo } = incoming;
  const fields: Fields = {
    session: principal.sessionId,
    subject: principal.subject,
    transport: origin.transport,
    revision: cut(incoming.revision),
    requestId: cut(String(incoming.request.id)),
  };
  if (principal.client !== undefined) fields.client = principal.client;
  if (origin.remote !== undefined) fields.remote = origin.remote;
  if (clientInfo !== undefined) {
    fields.clientInfo = { name: cut(clientInfo.name), version: cut(clientInfo.version) };
  }
  return fields;
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

/** The method that a tool call's events do not name. */
const TOOL_CALL = 'tools/call';

/** Each condition that took part, by its rule; what it says is in the grant's revision. */
const conditionResults = (
  conditions: readonly ConditionResult[],
): NonNullable<EventDraft['conditions']> =>
  conditions.map(({ grant, index, result }) => ({ grant, index, result }));

/** What every event about a deny says of it. */
export function denyFields(deny: Deny): Omit<EventDraft, 'code'> {
  const fields: Fields = { decision: 'deny', reason: deny.reason, epoch: deny.epoch };
  if (deny.conditions !== undefined) fields.conditions = conditionResults(deny.conditions);
  if (deny.retryAt !== undefined) fields.retryAt = deny.retryAt;
  if (deny.approvalId !== undefined) fields.approval = deny.approvalId;
  if (deny.rule !== undefined) fields.rule = deny.rule;
  return fields;
}

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
  const said: Fields = { ...requestFields(incoming), ...targetFields(use.target) };
  if (use.method !== TOOL_CALL) said.method = cut(use.method);
  if (use.trace !== undefined) said.trace = use.trace;
  const digest = mode === 'none' ? undefined : recording.digest(use.args);
  if (digest !== undefined) said.argsHmac = digest.hmac;
  if (args !== undefined) said.args = args;

  function closing(receipt: IntentReceipt): Fields<EventDraft> {
    const event: Fields<EventDraft> = {
      code: 'TG1002',
      session: receipt.sessionId,
      subject: receipt.subject,
      ...targetFields(receipt.target),
      intent: receipt.seq,
      durationUs: Math.round((recording.clock.monotonicMs() - startedMs) * 1000),
    };
    if (receipt.method !== TOOL_CALL) event.method = cut(receipt.method);
    return event;
  }

  return {
    argsBytes: digest?.bytes,
    refused: (deny) => ({ ...said, code: 'TG1003', ...denyFields(deny) }),
    notAdmitted: (code) => ({ ...said, code: 'TG1003', outcome: 'failed', reason: code }),
    intent(permit) {
      const { rule, epoch, conditions, wouldRefuse, definitionHash } = permit;
      const event: Fields<EventDraft> = {
        ...said,
        code: 'TG1001',
        decision: 'permit',
        rule,
        epoch,
      };
      if (conditions !== undefined) event.conditions = conditionResults(conditions);
      if (wouldRefuse !== undefined) event.wouldRefuse = wouldRefuse;
      if (definitionHash !== undefined) event.definitionHash = definitionHash;
      return event;
    },
    released(receipt, reply, outcome) {
      const event = closing(receipt);
      const { hmac, bytes } = recording.digest(saidBy(reply));
      event.outcome = outcome;
      event.resultHmac = hmac;
      event.resultBytes = bytes;
      const types = reply.kind === 'result' ? resultTypes(reply.result) : undefined;
      if (types !== undefined) event.resultTypes = types;
      return event;
    },
    ended(receipt, why, outcome = 'withheld') {
      if (why === 'cancelled') return { ...closing(receipt), outcome: 'cancelled' };
      if (why === 'unclaimed') return { ...closing(receipt), outcome: 'cancelled', reason: why };
      return { ...closing(receipt), outcome, ...denyFields(why) };
    },
    failed: (receipt, code) => ({ ...closing(receipt), outcome: 'failed', reason: code }),
  };
}
