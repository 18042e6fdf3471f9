import { answerHandshake } from './answer/answer-handshake.ts';
import { answerList } from './answer/answer-list.ts';
import { answerResource } from './answer/answer-resource.ts';
import { answerResourcesList } from './answer/answer-resources-list.ts';
import { answerSetLevel } from './answer/answer-set-level.ts';
import { answerTask } from './answer/answer-task.ts';
import { answerUse } from './answer/answer-use.ts';
import type { Answering } from './answer/answering.ts';
import { readCompletion, readPromptGet } from './answer/read-prompt.ts';
import { readToolCall } from './answer/read-tool-call.ts';
import { subscribe, unsubscribe } from './answer/subscribe.ts';
import type { Use } from './answer/use.ts';
import type { BrokerReply, IncomingRequest } from './domain/broker.ts';
import type { Era } from './domain/era.ts';
import { handleUse } from './handle-request.ts';

/** Answers one method. */
export type Handler = (incoming: IncomingRequest, answering: Answering) => Promise<BrokerReply>;

/** A method that uses something a tool server has: read, then taken through the story. */
const use =
  (read: (incoming: IncomingRequest, answering: Answering) => Use): Handler =>
  (incoming, answering) =>
    answerUse(
      incoming,
      (request) => handleUse(request, read(request, answering), answering),
      answering,
    );

/** What both eras have. */
const COMMON: Readonly<Record<string, Handler>> = {
  'tools/list': answerList('tools'),
  'tools/call': use(readToolCall),
  'prompts/list': answerList('prompts'),
  'prompts/get': use(readPromptGet),
  'resources/list': answerResourcesList,
  'resources/templates/list': answerList('templates'),
  'resources/read': answerResource,
  'completion/complete': use(readCompletion),
};

/**
 * The methods this version answers, by era; a `subscriptions/listen` is the faces' `Broker.listen`.
 * Everything else is refused by the decision.
 */
export const METHODS: Readonly<Record<Era, Readonly<Record<string, Handler>>>> = {
  '2025': {
    ...COMMON,
    initialize: answerHandshake,
    ping: async () => ({ kind: 'result', result: {} }),
    'resources/subscribe': (incoming, broker) => subscribe(incoming, broker, answerResource),
    'resources/unsubscribe': (incoming, broker) => unsubscribe(incoming, broker, answerResource),
    'logging/setLevel': answerSetLevel,
    'tasks/get': answerTask,
    'tasks/result': answerTask,
    'tasks/cancel': answerTask,
  },
  '2026': {
    ...COMMON,
    'server/discover': answerHandshake,
    'tasks/get': answerTask,
    'tasks/update': answerTask,
    'tasks/cancel': answerTask,
  },
};
