import type { AdmissionStore } from '../admit/admission-store.ts';
import type { Approvals } from '../approve/approvals.ts';
import type { AskKind } from '../ask/ask-kind.ts';
import { declaresAsks, effectiveCapabilities } from '../ask/effective-capabilities.ts';
import type { Handles } from '../ask/handles.ts';
import { createHeldCalls, type HeldCalls } from '../ask/held-calls.ts';
import { cut, denyFields, type Recording, requestFields } from '../audit/call-events.ts';
import type { RefusalRecorder } from '../audit/refusal-recorder.ts';
import type { ReadPolicy } from '../authorize/policy-reader.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Lease } from '../dispatch/dispatch-call.ts';
import type { InFlight } from '../dispatch/in-flight.ts';
import type { Timers } from '../dispatch/timers.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Decision, Deny } from '../domain/decision.ts';
import { errorCode } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Label } from '../domain/label.ts';
import type { Log } from '../domain/log.ts';
import type { Principal } from '../domain/principal.ts';
import type { Spent } from '../domain/session-limits.ts';
import type { InspectResult } from '../inspect/result-inspector.ts';
import type { Monitor } from '../monitor/monitor.ts';
import type { Subscriptions } from '../news/subscriptions.ts';
import type { TakenAway } from '../news/taken-away.ts';
import type { SessionStore } from '../session/session-store.ts';
import { createDeciding, type Deciding } from './deciding.ts';
import { createSessionMemory, type SessionMemory } from './session-memory.ts';
import { knowsTasks, TASKS_2026 } from './task-support.ts';
import { createUnfinishedTasks, type UnfinishedTasks } from './unfinished-tasks.ts';
import type { Use } from './use.ts';

/** What the broker is made of; `compose.ts` puts it together. */
export interface BrokerParts extends Recording {
  readonly store: AdmissionStore;
  readonly sessions: SessionStore;
  readonly catalog: Catalog;
  readonly readPolicy: ReadPolicy;
  readonly refusals: RefusalRecorder;
  readonly inFlight: InFlight;
  readonly subscriptions: Subscriptions;
  /** What live tool servers took out of the pinned lists. */
  readonly takenAway: Pick<TakenAway, 'isTaken'>;
  readonly log: Log;
  /** Seals what clients are to bring back: cursors, request state, task ids. */
  readonly handles: Handles;
  readonly approvals: Approvals;
  /**
   * A connection to a tool server for one principal, by the server's isolation; `capabilities` are the
   * client's as far as it may be asked, none unless given. At once when one is there.
   */
  acquire(
    server: string,
    principal: Principal,
    signal: AbortSignal,
    capabilities?: JsonObject,
  ): Lease | Promise<Lease>;
  /** A connection to read what a tool server offers to a client that can be asked everything. */
  acquireForOffer(server: string, principal: Principal, signal: AbortSignal): Promise<Lease>;
  readonly timers: Timers;
  /** Whether sessions share one connection to a tool server: it can ask none of them anything. */
  readonly isShared: (server: string) => boolean;
  /** Looks at what a tool server answered, before it is released. */
  readonly inspect: InspectResult;
  /** What the configuration says a tool does with data. */
  readonly labelsOf: (server: string, tool: string) => readonly Label[];
  readonly monitor: Monitor;
  /** `name`, `title` and `version` of this broker. */
  readonly serverInfo: JsonObject;
}

/** The parts and the questions every answer is made of. */
export interface Answering extends BrokerParts, Deciding {
  readonly memory: SessionMemory;
  readonly heldCalls: HeldCalls;
  readonly tasks: UnfinishedTasks;
  /** Whether a configured server was never seen: what it has is not known yet. */
  isUnseen(server: string): boolean;
  /** As `decideUse`, of an unseen server: started and pinned first, when a rule gives something of it. */
  decideFirstUse(incoming: IncomingRequest, use: Use): Promise<Decision>;
  /** Starts a server never seen, for a permitted use, and pins what it offers; a failure to start is the pool's event. */
  firstUse(incoming: IncomingRequest, server: string): Promise<void>;
  /** The client capabilities a tool server is shown: the client's own, as far as rules let it ask. */
  capabilitiesShownTo(server: string, incoming: IncomingRequest, spent?: Spent): JsonObject;
  /** Records an outcome that holds whatever the state is. Never rejects. */
  outcome(event: EventDraft): Promise<void>;
  /** Records that a tool server asked something of the client, and that it may not or cannot. */
  refuseAsks(incoming: IncomingRequest, server: string, asks: readonly string[]): Promise<Deny>;
}

/** Puts the questions to the parts. */
export function createAnswering(parts: BrokerParts): Answering {
  const answering: Answering = {
    ...parts,
    memory: createSessionMemory(),

    tasks: createUnfinishedTasks({
      timers: parts.timers,
      record: (event) => answering.outcome(event),
    }),

    heldCalls: createHeldCalls({ ...parts, after: (ms, run) => parts.timers.after(ms, run) }),

    ...createDeciding(parts),

    isUnseen(server) {
      const known = parts.catalog.view().servers.get(server);
      return known !== undefined && known.tools === undefined;
    },

    async decideFirstUse(incoming, use) {
      const { server } = use.target;
      const reach = answering.decide(incoming.principal, { kind: 'server', server });
      if (reach.kind === 'permit') await answering.firstUse(incoming, server);
      return answering.decideUse(incoming, use);
    },

    async firstUse(incoming, server) {
      await parts.catalog.assertPinnable(server);
      const lease = await parts.acquireForOffer(server, incoming.principal, incoming.signal);
      try {
        await parts.catalog.observe(server, lease.connection.offer);
      } finally {
        lease.release();
      }
    },

    capabilitiesShownTo(server, { principal, clientCapabilities, era }, spent) {
      if (parts.isShared(server)) return {};
      let asked: JsonObject = {};
      if (declaresAsks(clientCapabilities)) {
        const decide = answering.decider(principal, spent);
        const permits = (ask: AskKind) => decide({ kind: 'ask', server, ask }).kind === 'permit';
        asked = effectiveCapabilities(clientCapabilities, permits);
      }
      if (era !== '2026' || !knowsTasks(clientCapabilities)) return asked;
      const pinned = parts.catalog.view().pinned.get(server);
      return pinned?.era === '2026' ? { ...asked, ...TASKS_2026 } : asked;
    },

    async outcome(event) {
      try {
        await parts.store.record(event);
      } catch (error) {
        // The intent stays open and is closed as `unknown` once this broker is gone; nothing of the
        // result was or will be released.
        parts.log.error({ code: errorCode(error), intent: event.intent }, 'outcome not recorded');
      }
    },

    async refuseAsks(incoming, server, asks) {
      let last: Deny | undefined;
      for (const ask of asks.length === 0 ? ['input'] : asks) {
        const decision = answering.decide(incoming.principal, { kind: 'ask', server, ask });
        const { request, epoch, rule } = decision;
        const deny: Deny =
          decision.kind === 'deny'
            ? decision
            : { kind: 'deny', request, epoch, reason: 'client_incapable', ...(rule && { rule }) };
        await parts.refusals.refused({
          ...requestFields(incoming),
          code: 'TG1005',
          server,
          method: cut(parts.scrub(ask)),
          ...denyFields(deny),
        });
        if (last === undefined || deny.reason !== 'client_incapable') last = deny;
      }
      return (
        last ?? {
          kind: 'deny',
          request: { kind: 'ask', server, ask: 'input' },
          epoch: parts.store.epoch(),
          reason: 'ask_not_granted',
        }
      );
    },
  };
  return answering;
}
