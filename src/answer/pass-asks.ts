import type { HandleBinding } from '../ask/handles.ts';
import {
  CAPABILITY_MISSING,
  type InputRequired,
  kindsOf,
  missingCapabilities,
  readInputRequired,
  readUrlElicitations,
  URL_ELICITATION_REQUIRED,
  writeInputRequired,
  writeUrlElicitations,
} from '../ask/input-required.ts';
import type { UseTarget } from '../domain/access-request.ts';
import type { IncomingRequest, Question } from '../domain/broker.ts';
import type { Deny, Permit } from '../domain/decision.ts';
import type { Era } from '../domain/era.ts';
import { BrokerError } from '../domain/errors.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import { isJsonObject, type JsonObject, member } from '../domain/json.ts';
import type { RpcError, RpcReply } from '../domain/json-rpc.ts';
import { capabilityMissing } from '../respond/rpc-errors.ts';
import type { Answering } from './answering.ts';
import type { Asker, RunningUse } from './ask-client.ts';
import { knowsTasks, tasksMissing, wantsTasks } from './task-support.ts';

/** How a tool server's reply asks the client for something. */
export type Asking =
  /** A URL to visit. */
  | { readonly kind: 'url'; readonly error: RpcError }
  /** A capability that was not declared. */
  | { readonly kind: 'capability'; readonly error: RpcError }
  /** Input, in the state of a task. */
  | { readonly kind: 'task'; readonly result: JsonObject }
  /** Input, in place of a result. */
  | { readonly kind: 'input'; readonly result: JsonObject };

/** What became of a reply that asks the client for something. */
export type PassedAsks =
  | Deny
  /** An `input_required` result, in the form of 2026. */
  | { readonly kind: 'input'; readonly reply: RpcReply & { readonly kind: 'result' } }
  /** The state of a task that waits for input. */
  | { readonly kind: 'task'; readonly reply: RpcReply & { readonly kind: 'result' } }
  /** An error in the client's era, as it is to get it. */
  | { readonly kind: 'error'; readonly reply: RpcReply & { readonly kind: 'error' } };

/** A use under way, what a request state made in it is bound to besides, and what it was admitted under. */
type AskingUse = RunningUse & { readonly argsHmac: () => string; readonly permit: Permit };

/** Requests a tool server may answer by asking. */
export const MAY_ASK: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
]);

/**
 * How a tool server's reply asks the client for something, be it what it may not; `undefined` when it is
 * a reply like any other.
 */
export function askingOf(
  { reply, era }: { readonly reply: RpcReply; readonly era: Era },
  receipt: IntentReceipt,
): Asking | undefined {
  if (reply.kind === 'error') {
    const { error } = reply;
    if (error.code === URL_ELICITATION_REQUIRED) return { kind: 'url', error };
    const isMissing = error.code === CAPABILITY_MISSING && era === '2026';
    return isMissing ? { kind: 'capability', error } : undefined;
  }
  const { result } = reply;
  if (isAskingTask(result, receipt)) return { kind: 'task', result };
  const isInput = member(result, 'resultType') === 'input_required';
  return isInput ? { kind: 'input', result } : undefined;
}

/**
 * Lets a reply through that asks the client for something: each question is decided, formed and made
 * durable by itself, and one that may not be asked refuses the whole reply.
 *
 * An `input_required` result of a 2026 server comes back with its state sealed for this session and
 * use. The 2025 error that asks to visit a URL stays that for a client of its era, and becomes such a
 * result for another. A 2025 server's own `input_required` never counts.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL` for a question in no known form.
 */
export async function passAsks(
  asking: Asking,
  era: Era,
  use: AskingUse,
  asker: Asker,
  broker: Answering,
): Promise<PassedAsks> {
  switch (asking.kind) {
    case 'url':
      return passUrl(asking.error, use, asker, broker);
    case 'capability':
      return passMissing(asking.error, use, broker);
    case 'task':
      return passTaskInput(asking.result, asker, broker);
    case 'input':
      if (era !== '2026' || !MAY_ASK.has(use.receipt.method)) {
        return broker.refuseAsks(use.incoming, use.receipt.target.server, ['input']);
      }
      return passInput(readInputRequired(asking.result), use, asker, broker);
  }
}

async function passUrl(
  error: RpcError,
  use: AskingUse,
  asker: Asker,
  broker: Answering,
): Promise<PassedAsks> {
  const asked = readUrlElicitations(error);
  const { incoming, receipt } = use;
  if (incoming.era === '2026') {
    return MAY_ASK.has(receipt.method)
      ? passInput(asked, use, asker, broker)
      : broker.refuseAsks(incoming, receipt.target.server, ['elicitation']);
  }
  const questions = await letAllOut(asked.questions, asker);
  if ('kind' in questions) return questions;
  const rest = broker.scrub({ ...error }) as RpcError;
  const passed = writeUrlElicitations(rest, questions);
  return { kind: 'error', reply: { kind: 'error', error: passed } };
}

/** What the client itself lacks it is told; what only the grant keeps from it is a refusal. */
async function passMissing(
  error: RpcError,
  { incoming, receipt }: RunningUse,
  broker: Answering,
): Promise<PassedAsks> {
  if (wantsTasks(error) && incoming.era === '2026' && !knowsTasks(incoming.clientCapabilities)) {
    return { kind: 'error', reply: { kind: 'error', error: tasksMissing() } };
  }
  const missing = missingCapabilities(error);
  const deny = await broker.refuseAsks(incoming, receipt.target.server, missing);
  const declared = incoming.clientCapabilities;
  const isKept = missing.some((name) => isJsonObject(member(declared, name)));
  if (isKept || deny.reason !== 'client_incapable' || incoming.era !== '2026') return deny;
  const required = member(error.data, 'requiredCapabilities') ?? {};
  return {
    kind: 'error',
    reply: { kind: 'error', error: capabilityMissing(broker.scrub(required)) },
  };
}

async function passInput(
  { questions, state, rest }: InputRequired,
  { incoming, receipt, argsHmac, permit }: AskingUse,
  asker: Asker,
  broker: Answering,
): Promise<PassedAsks> {
  const passed = await letAllOut(questions, asker);
  if ('kind' in passed) return passed;
  const sealed =
    state === undefined && !isRouted(incoming, receipt.target) && permit.terms === undefined
      ? undefined
      : broker.handles.seal(
          stateBinding(receipt, argsHmac()),
          { state: state ?? null, kinds: kindsOf(questions.values()), intent: receipt.seq },
          broker.clock.now(),
        );
  const result = writeInputRequired({
    questions: passed,
    state: sealed,
    rest: broker.scrub(rest),
  });
  return { kind: 'input', reply: { kind: 'result', result } };
}

/** A task may ask wherever its state is said: at a look at it, when it is made, in any acknowledgement. */
const isAskingTask = (result: JsonObject, { method }: IntentReceipt): boolean =>
  (method.startsWith('tasks/') || member(result, 'resultType') === 'task') &&
  isJsonObject(member(result, 'inputRequests'));

/** A task of 2026 asks in its state, at each look at it; the answers come by `tasks/update`. */
async function passTaskInput(
  result: JsonObject,
  asker: Asker,
  broker: Answering,
): Promise<PassedAsks> {
  const { inputRequests, ...state } = result;
  const asked = readInputRequired({ inputRequests: inputRequests ?? {} });
  const questions = await letAllOut(asked.questions, asker);
  if ('kind' in questions) return questions;
  const written = writeInputRequired({ questions, state: undefined, rest: {} });
  const passed = { ...broker.scrub(state), inputRequests: member(written, 'inputRequests') ?? {} };
  return { kind: 'task', reply: { kind: 'result', result: passed } };
}

/** What a request state is good for: the use it was made in, asked for again. */
export const stateBinding = (
  { sessionId, method, target }: Pick<IntentReceipt, 'sessionId' | 'method' | 'target'>,
  argsHmac: string,
): HandleBinding => ({ kind: 'state', session: sessionId, method, target, argsHmac });

/**
 * Whether the request does not say itself which tool server it goes to. Attack: what a person told one
 * server is brought to another that is granted the same URI. So its state is always sealed, the server's
 * own or none: it opens for who asked alone.
 */
export const isRouted = (
  { onlyServer }: Pick<IncomingRequest, 'onlyServer'>,
  target: UseTarget,
): boolean => onlyServer === undefined && target.kind === 'resource';

async function letAllOut(
  questions: ReadonlyMap<string, Question>,
  asker: Asker,
): Promise<ReadonlyMap<string, Question> | Deny> {
  const passed = new Map<string, Question>();
  for (const [key, question] of questions) {
    const out = await asker.letOut(question);
    if (out === 'malformed') {
      throw new BrokerError('ERR_SERVER_PROTOCOL', 'a tool server asked in no known form');
    }
    if ('kind' in out) return out;
    passed.set(key, out);
  }
  return passed;
}
