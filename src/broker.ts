import type { Answering } from './answering.ts';
import { denyFields, requestFields } from './audit/call-events.ts';
import type { FailureTally } from './authenticate/failure-tally.ts';
import { hasKnownLogLevel } from './client-hooks.ts';
import type { Authentication, Broker, Credential, IncomingRequest } from './domain/broker.ts';
import { errorCode } from './domain/errors.ts';
import type { EventDraft } from './domain/event.ts';
import { member } from './domain/json.ts';
import type { ClientUse } from './domain/session-record.ts';
import { METHODS } from './methods.ts';
import { respondToRefusal } from './respond/respond.ts';
import { failureReply, invalidParams } from './respond/rpc-errors.ts';
import { useDifferences } from './session/use-difference.ts';
import type { SessionWatch } from './watch-sessions.ts';

/** The broker as its faces see it. */
export function createBroker(
  answering: Answering,
  deps: {
    readonly authenticate: (credential: Credential | undefined) => Promise<Authentication>;
    readonly failures: FailureTally;
    readonly watch: Pick<SessionWatch, 'watch' | 'shown'>;
  },
): Broker {
  return {
    watch: deps.watch.watch,

    async authenticate(credential, origin) {
      const answer = await deps.authenticate(credential).catch((error): Authentication => {
        answering.log.error({ code: errorCode(error), error }, 'authentication failed');
        return { kind: 'refused', reason: 'state_unreadable' };
      });
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
        ...(name === undefined ? {} : { clientName: name.slice(0, 256) }),
        ...(version === undefined ? {} : { clientVersion: version.slice(0, 256) }),
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
        const decision = await answering.decide(principal, { kind: 'server', server });
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

    // Not open yet: refused by the decision.
    listen: (incoming) => refuseMethod(incoming, answering),

    async handle(incoming) {
      const handlers = METHODS[incoming.era];
      const { method } = incoming.request;
      const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
      try {
        if (handler === undefined) return await refuseMethod(incoming, answering);
        if (!hasKnownLogLevel(incoming)) return { kind: 'error', error: invalidParams() };
        const reply = await handler(incoming, answering);
        const isList = method === 'tools/list' && incoming.onlyServer === undefined;
        if (isList && reply.kind === 'result') {
          deps.watch.shown(incoming.principal, member(reply.result, 'tools'));
        }
        return reply;
      } catch (error) {
        answering.log.error({ code: errorCode(error), method, error }, 'request failed');
        await answering.refusals.refused({
          ...requestFields(incoming),
          code: 'TG1004',
          method: method.slice(0, 64),
          outcome: 'failed',
          reason: errorCode(error),
        });
        return failureReply(error);
      }
    },
  };
}

/** Surfaces this version does not open are refused by the decision, not by omission. */
async function refuseMethod(incoming: IncomingRequest, answering: Answering) {
  const { method } = incoming.request;
  const decision = await answering.decide(incoming.principal, { kind: 'method', method });
  if (decision.kind === 'permit') return failureReply(undefined);
  await answering.refusals.refused({
    ...requestFields(incoming),
    code: 'TG1004',
    method: method.slice(0, 64),
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
