import type { Question } from '../domain/broker.ts';
import { BrokerError } from '../domain/errors.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';
import type { RpcError } from '../domain/json-rpc.ts';
import { askKindOf } from './ask-kind.ts';

/** Questions one result may hold. */
const MAX_QUESTIONS = 32;

/** A tool server's `input_required` result, taken apart. */
export interface InputRequired {
  /** By the key the answer comes under. */
  readonly questions: ReadonlyMap<string, Question>;
  /** The server's own request state; it never reaches a client as it is. */
  readonly state: string | undefined;
  /** `_meta` and members nobody knows. */
  readonly rest: JsonObject;
}

/**
 * Takes an `input_required` result apart.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL` when it asks nothing and has no state, or has not the form.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export function readInputRequired(result: JsonObject): InputRequired {
  const { inputRequests, requestState, ...rest } = result;
  const isForm =
    (requestState === undefined || typeof requestState === 'string') &&
    (inputRequests === undefined || isJsonObject(inputRequests)) &&
    !(inputRequests === undefined && requestState === undefined);
  if (!isForm) throw malformed();
  const entries = Object.entries(inputRequests ?? {});
  if (entries.length > MAX_QUESTIONS) throw malformed();
  const questions = entries.map(([key, entry]): [string, Question] => {
    const method = stringMember(entry, 'method');
    const params = member(entry, 'params') ?? {};
    if (method === undefined || !isJsonObject(params)) throw malformed();
    return [key, { method, params }];
  });
  return { questions: new Map(questions), state: requestState, rest };
}

/** Puts an `input_required` result together again. */
export function writeInputRequired({ questions, state, rest }: InputRequired): JsonObject {
  const entries = [...questions].map(([key, { method, params }]): [string, JsonObject] => [
    key,
    { method, params },
  ]);
  return {
    ...rest,
    resultType: 'input_required',
    ...(questions.size === 0 && state !== undefined
      ? {}
      : { inputRequests: Object.fromEntries(entries) }),
    ...(state === undefined ? {} : { requestState: state }),
  };
}

/** JSON-RPC code of 2025-11-25: the call needs the person to visit a URL first. */
export const URL_ELICITATION_REQUIRED = -32042;
/** JSON-RPC code of 2026-07-28: the client did not declare a capability that the call needs. */
export const CAPABILITY_MISSING = -32021;

/**
 * The questions of a URL-elicitation-required error, in the form of an `input_required` result without
 * state: the client makes its call again once the person is done.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL` when the error names no elicitation.
 */
export function readUrlElicitations({ data }: RpcError): InputRequired {
  const elicitations = member(data, 'elicitations');
  if (!Array.isArray(elicitations) || elicitations.length === 0) throw malformed();
  if (elicitations.length > MAX_QUESTIONS) throw malformed();
  const questions = elicitations.map((params, index): [string, Question] => {
    if (!isJsonObject(params) || member(params, 'mode') !== 'url') throw malformed();
    return [`elicitation-${index + 1}`, { method: 'elicitation/create', params }];
  });
  return { questions: new Map(questions), state: undefined, rest: {} };
}

/** The error again, with its questions as the client is to get them. */
export function writeUrlElicitations(
  error: RpcError,
  questions: ReadonlyMap<string, Question>,
): RpcError {
  const elicitations = [...questions.values()].map(({ params }) => params);
  return { ...error, data: { ...(isJsonObject(error.data) ? error.data : {}), elicitations } };
}

/** What a missing-capability error says the client lacks, as far as a rule could let it be asked. */
export function missingCapabilities({ data }: RpcError): readonly string[] {
  const required = member(data, 'requiredCapabilities');
  return isJsonObject(required) ? Object.keys(required).slice(0, MAX_QUESTIONS) : [];
}

/** The kinds of some questions; a method nobody knows stands for itself. */
export const kindsOf = (questions: Iterable<Question>): readonly string[] => [
  ...new Set([...questions].map(({ method }) => askKindOf(method) ?? method)),
];

const malformed = (): BrokerError =>
  new BrokerError('ERR_SERVER_PROTOCOL', 'a tool server asked for input in no known form');
