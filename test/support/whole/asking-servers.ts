import type { Answer, Question } from '../../../src/domain/broker.ts';
import { isJsonObject, type Json, type JsonObject, member } from '../../../src/domain/json.ts';
import type { RpcReply } from '../../../src/domain/json-rpc.ts';
import { type WholeServer, wholeServer } from './whole-servers.ts';

/** Everything a client can be asked. */
export const CAN_BE_ASKED: JsonObject = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: {},
};

/** A form as a tool server asks for it. */
export const FORM: Question = {
  method: 'elicitation/create',
  params: {
    message: 'Your name?',
    requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
  },
};

/** What a person answers to it. */
export const ACCEPTED: JsonObject = { action: 'accept', content: { name: 'Ada' } };

/** A client of 2025 that accepts everything, and what it was asked. */
export function acceptingClient(answer: Answer = { kind: 'result', result: ACCEPTED }) {
  const asked: Question[] = [];
  return {
    asked,
    ask: async (question: Question): Promise<Answer> => {
      asked.push(question);
      return answer;
    },
  };
}

/** A server of 2025 whose every use asks `questions` one after another, and what it was told. */
export function asker2025(
  name: string,
  questions: readonly Question[] = [FORM],
): WholeServer & { readonly told: RpcReply[] } {
  const told: RpcReply[] = [];
  const server = wholeServer(name, {
    era: '2025',
    async onCall(_method, { onAsk, signal }) {
      for (const question of questions) {
        if (onAsk !== undefined) told.push(await onAsk(question, signal));
      }
    },
  });
  return { ...server, told };
}

/**
 * A server of 2026 whose tools ask `questions` in a result and go on once they are answered, with a
 * state of its own unless told otherwise.
 */
export function asker2026(
  name: string,
  questions: Readonly<Record<string, Question>> = { name: FORM },
  state: string | null = 'state of the server',
): WholeServer {
  return wholeServer(name, {
    era: '2026',
    answer(method, params) {
      if (method !== 'tools/call' || isJsonObject(member(params, 'inputResponses')))
        return undefined;
      return {
        kind: 'result',
        result: {
          resultType: 'input_required',
          inputRequests: questions as unknown as Json,
          ...(state === null ? {} : { requestState: state }),
        },
      };
    },
  });
}
