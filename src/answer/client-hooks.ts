import type { CallHooks } from '../dispatch/tool-server.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Decision } from '../domain/decision.ts';
import { ENVELOPE_KEYS } from '../domain/era.ts';
import { type JsonObject, member, stringMember } from '../domain/json.ts';
import { isWorthTelling, LOG_LEVELS } from '../domain/log-level.ts';
import type { Answering } from './answering.ts';
import type { Use } from './use.ts';
import { whilePermitted } from './while-permitted.ts';

/**
 * What a tool server may tell the client while it works on a use, as long as the use is permitted:
 * progress where the client asked for it, and log messages as it asked for them. Without the tool
 * server's credentials.
 */
export function clientHooks(
  incoming: IncomingRequest,
  use: Use,
  broker: Pick<Answering, 'store' | 'scrub' | 'memory'>,
  decide: () => Decision,
): Pick<CallHooks, 'onProgress' | 'onNotification' | 'logLevel'> {
  const tell = (method: string) =>
    whilePermitted(broker.store, decide, (params) =>
      incoming.notify({ jsonrpc: '2.0', method, params: broker.scrub(params) }),
    );
  const wanted = wantedLevel(incoming, broker);
  return {
    onProgress: use.wantsProgress ? tell('notifications/progress') : undefined,
    logLevel: wanted,
    onNotification({ method, params = {} }) {
      if (method === 'notifications/message' && isWanted(incoming, wanted, params)) {
        tell(method)(params);
      }
    },
  };
}

/** A client of 2026 says at each request what it wants to hear; one of 2025 once, for its session. */
function wantedLevel(
  { era, principal, request }: IncomingRequest,
  broker: Pick<Answering, 'memory'>,
): string | undefined {
  return era === '2025'
    ? broker.memory.logLevel(principal.sessionId)
    : stringMember(member(request.params, '_meta'), ENVELOPE_KEYS.logLevel);
}

/** Whether the log level a 2026 request asks for, if any, is one. */
export function hasKnownLogLevel({ era, request }: IncomingRequest): boolean {
  const asked = member(member(request.params, '_meta'), ENVELOPE_KEYS.logLevel);
  return era === '2025' || asked === undefined || LOG_LEVELS.includes(String(asked));
}

/** A client of 2025 that has not said hears what the tool server sends by itself; one of 2026 nothing. */
function isWanted(
  { era }: IncomingRequest,
  wanted: string | undefined,
  params: JsonObject,
): boolean {
  if (wanted === undefined) return era === '2025';
  return isWorthTelling(stringMember(params, 'level') ?? '', wanted);
}
