import { answerResource } from './answer/answer-resource.ts';
import type { Answering } from './answer/answering.ts';
import { hasKnownLogLevel } from './answer/client-hooks.ts';
import { listen } from './answer/listen.ts';
import { refuseParams } from './answer/refuse-params.ts';
import { sightOf } from './answer/what-a-client-sees.ts';
import { cut, denyFields, requestFields } from './audit/call-events.ts';
import type { FailureTally } from './authenticate/failure-tally.ts';
import type {
  Authentication,
  Broker,
  BrokerReply,
  Credential,
  IncomingRequest,
} from './domain/broker.ts';
import { errorCode } from './domain/errors.ts';
import type { EventDraft } from './domain/event.ts';
import { member } from './domain/json.ts';
import type { ClientUse } from './domain/session-record.ts';
import { METHODS } from './methods.ts';
import type { SeenPart } from './news/sight.ts';
import type { NewsHub } from './news-hub.ts';
import { respondToRefusal } from './respond/respond.ts';
import { failureReply } from './respond/rpc-errors.ts';
import { useDifferences } from './session/use-difference.ts';

/** The broker as its faces see it. */
export function createBroker(
  answering: Answering,
  deps: {
    readonly authenticate: (
      credential: Credential | undefined,
    ) => Authentication | Promise<Authentication>;
    readonly failures: FailureTally;
    readonly news: NewsHub;
  },
): Broker {
  return {
    watch: deps.news.watch,

    async authenticate(credential, origin) {
      let answer: Authentication;
      try {
        const answered = deps.authenticate(credential);
        answer = answered instanceof Promise ? await answered : answered;
      } catch (error) {
        answering.log.error({ code: errorCode(error), error }, 'authentication failed');
        answer = { kind: 'refused', reason: 'state_unreadable' };
      }
      if (answer.kind === 'refused') deps.failures.note(origin, answer.reason);
      return answer;
    },

    async noteClient(principal, origin, clientInfo) {
      const { sessionId, subject } = principal;
      const { transport, remote } = origin;
      const { name, version } = clientInfo ?? {};
      const use: ClientUse = {
        at: answering.clock.now(),
        transport,
        ...(name === undefined ? {} : { clientName: cut(name) }),
        ...(version === undefined ? {} : { clientVersion: cut(version) }),
        ...(remote === undefined ? {} : { remote }),
      };
      await answering.sessions
        .noteUse(sessionId, use, (first) => useEvent(subject, use, first))
        .catch(async (error: unknown) => {
          await answering.refusals.refused({
            code: 'TG1004',
            session: principal.sessionId,
            subject: principal.subject,
            transport: origin.transport,
            outcome: 'failed',
            reason: errorCode(error),
          });
          throw error;
        });
    },

    async noteRefusal(origin, reason, principal) {
      if (principal === undefined) deps.failures.note(origin, reason);
      else {
        await answering.refusals.refused({
          code: 'TG1004',
          session: principal.sessionId,
          subject: principal.subject,
          transport: origin.transport,
          ...(origin.remote === undefined ? {} : { remote: origin.remote }),
          ...(principal.client === undefined ? {} : { client: principal.client }),
          decision: 'deny',
          reason,
        });
      }
    },

    async admitsServer(principal, origin, server) {
      try {
        const decision = answering.decide(principal, { kind: 'server', server });
        if (decision.kind === 'permit') return true;
        await answering.refusals.refused({
          code: 'TG1004',
          session: principal.sessionId,
          subject: principal.subject,
          transport: origin.transport,
          ...(origin.remote === undefined ? {} : { remote: origin.remote }),
          server: server.slice(0, 64),
          ...denyFields(decision),
        });
      } catch (error) {
        answering.log.error({ code: errorCode(error), error }, 'server not decided');
        await answering.refusals.refused({
          code: 'TG1004',
          session: principal.sessionId,
          subject: principal.subject,
          transport: origin.transport,
          server: server.slice(0, 64),
          outcome: 'failed',
          reason: errorCode(error),
        });
      }
      return false;
    },

    async listen(incoming, tell) {
      return await listen(incoming, tell, deps.news, answering, answerResource).catch((error) =>
        failed(incoming, answering, error),
      );
    },

    async handle(incoming) {
      const handlers = METHODS[incoming.era];
      const { method } = incoming.request;
      const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
      try {
        if (handler === undefined) return await refuseMethod(incoming, answering);
        if (!hasKnownLogLevel(incoming)) return await refuseParams(incoming, answering);
        const list = Object.hasOwn(LISTS, method) ? LISTS[method] : undefined;
        if (list === undefined) return await handler(incoming, answering);
        return await noted(incoming, list, deps.news, () => handler(incoming, answering));
      } catch (error) {
        return failed(incoming, answering, error);
      }
    },
  };
}

interface List {
  readonly part: SeenPart;
  readonly key: string;
}

const LISTS: Readonly<Record<string, List>> = {
  'tools/list': { part: 'tools', key: 'tools' },
  'prompts/list': { part: 'prompts', key: 'prompts' },
  'resources/templates/list': { part: 'templates', key: 'resourceTemplates' },
};

/** Answers a list, and has a client that hears of changes remembered by what it was shown. */
async function noted(
  incoming: IncomingRequest,
  { part, key }: List,
  { channels }: NewsHub,
  answer: () => Promise<BrokerReply>,
): Promise<BrokerReply> {
  const shown = channels.listing(incoming, part);
  if (shown === undefined) return answer();
  let sight: string | undefined;
  try {
    const reply = await answer();
    if (reply.kind === 'result') sight = sightOf(member(reply.result, key));
    return reply;
  } finally {
    shown(sight);
  }
}

/** What a request gets that broke on its way, recorded. */
async function failed(
  incoming: IncomingRequest,
  answering: Answering,
  error: unknown,
): Promise<BrokerReply> {
  const { method } = incoming.request;
  answering.log.error({ code: errorCode(error), method: cut(method), error }, 'request failed');
  await answering.refusals.refused({
    ...requestFields(incoming),
    code: 'TG1004',
    method: cut(method),
    outcome: 'failed',
    reason: errorCode(error),
  });
  return failureReply(error);
}

/** Surfaces this version does not open are refused by the decision, not by omission. */
async function refuseMethod(incoming: IncomingRequest, answering: Answering) {
  const { method } = incoming.request;
  const decision = answering.decide(incoming.principal, { kind: 'method', method });
  if (decision.kind === 'permit') return failureReply(undefined);
  await answering.refusals.refused({
    ...requestFields(incoming),
    code: 'TG1004',
    method: cut(method),
    ...denyFields(decision),
  });
  return respondToRefusal(decision.reason, { kind: 'method' });
}

/** The first use of a session, or one that differs from it. */
function useEvent(subject: string, use: ClientUse, first: ClientUse | undefined): EventDraft {
  const { transport, remote, clientName, clientVersion } = use;
  return {
    code: first === undefined ? 'TG2005' : 'TG2016',
    subject,
    transport,
    ...(remote === undefined ? {} : { remote }),
    ...(clientName === undefined || clientVersion === undefined
      ? {}
      : { clientInfo: { name: clientName, version: clientVersion } }),
    ...(first === undefined
      ? {}
      : { detail: { differs: [...useDifferences(first, use)], first: { ...first } } }),
  };
}
