import { exposedName, exposedPromptName } from '../catalog/exposed-name.ts';
import type { UseTarget } from '../domain/access-request.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { PinnedItem, PinnedServer } from '../domain/catalog-record.ts';
import type { Decision, Deny } from '../domain/decision.ts';
import type { JsonObject } from '../domain/json.ts';
import type { DenyReason } from '../domain/reasons.ts';
import { definitionToEra } from '../respond/era-form.ts';
import type { Answering } from './answering.ts';

/** The lists that are made from pinned definitions, without connecting. */
export type PinnedListKind = 'tools' | 'prompts' | 'templates';

type View = ReturnType<Answering['catalog']['view']>;

/** How the items of a list are decided and named. */
interface ListForm {
  readonly itemsOf: (server: PinnedServer) => readonly PinnedItem[];
  readonly target: (server: string, name: string) => UseTarget;
  /** The name it has where several servers share one list; `undefined` when another has that name. */
  readonly sharedName: (view: View, server: string, name: string) => string | undefined;
  /** The definition's member that names it. */
  readonly nameKey: 'name' | 'uriTemplate';
}

const FORMS: Readonly<Record<PinnedListKind, ListForm>> = {
  tools: {
    itemsOf: ({ tools }) => tools,
    target: (server, tool) => ({ kind: 'tool', server, tool }),
    sharedName(view, server, tool) {
      const ref = { server, tool };
      return view.names.isUnique(ref) ? exposedName(ref) : undefined;
    },
    nameKey: 'name',
  },
  prompts: {
    itemsOf: ({ prompts }) => prompts,
    target: (server, prompt) => ({ kind: 'prompt', server, prompt }),
    sharedName(view, server, prompt) {
      const ref = { server, prompt };
      return view.promptNames.isUnique(ref) ? exposedPromptName(ref) : undefined;
    },
    nameKey: 'name',
  },
  templates: {
    itemsOf: ({ templates }) => templates,
    target: (server, template) => ({ kind: 'template', server, template }),
    // URIs stay as they are.
    sharedName: (_view, _server, template) => template,
    nameKey: 'uriTemplate',
  },
};

/** What a client sees of a list. */
export interface PermittedItems {
  /** -1 when state moved between two reads. */
  readonly epoch: number;
  /** Definitions as the client gets them, sorted by name so that prompt caches hold. */
  readonly items: readonly JsonObject[];
}

/**
 * What a client sees of a list, as of one epoch, or the reason that holds whatever it asks: the same
 * decision as for a use, once per item.
 */
export function permittedItems(
  kind: PinnedListKind,
  incoming: Pick<IncomingRequest, 'principal' | 'onlyServer' | 'era'>,
  broker: Pick<Answering, 'catalog' | 'decider' | 'scrub' | 'takenAway'>,
): PermittedItems | Deny {
  const form = FORMS[kind];
  const view = broker.catalog.view();
  const decide = broker.decider(incoming.principal);
  // A session that ended, and a halt, say so of any request.
  const denial = deniesAll(decide({ kind: 'method', method: `${kind}/list` }));
  if (denial !== undefined) return denial;
  const listed = new Map<string, JsonObject>();
  for (const pinned of view.pinned.values()) {
    const { server } = pinned;
    if (!isInScope(incoming, server)) continue;
    for (const { name: own, definition } of form.itemsOf(pinned)) {
      const name = incoming.onlyServer === undefined ? form.sharedName(view, server, own) : own;
      if (name === undefined) continue;
      if (broker.takenAway.isTaken(incoming.principal, server, kind, own)) continue;
      const decision = decide(form.target(server, own));
      if (decision.epoch !== view.epoch) return { epoch: -1, items: [] };
      // What two servers name alike is the first one's that is granted, in the order of the configuration.
      if (decision.kind === 'deny' || listed.has(name)) continue;
      const shown = definitionToEra(definition, pinned.era, incoming.era);
      listed.set(name, broker.scrub({ ...shown, [form.nameKey]: name }));
    }
  }
  const sorted = [...listed].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { epoch: view.epoch, items: sorted.map(([, definition]) => definition) };
}

/** Reasons that hold whatever was asked. */
const FOR_ALL: ReadonlySet<DenyReason> = new Set([
  'halted',
  'session_revoked',
  'session_suspended',
  'session_expired',
]);

/** A decision on anything, when it holds whatever was asked. */
export const deniesAll = (decision: Decision): Deny | undefined =>
  decision.kind === 'deny' && FOR_ALL.has(decision.reason) ? decision : undefined;

/** Whether a reason says that the session itself is over, or rests. */
export const sessionHasEnded = (reason: DenyReason): boolean =>
  FOR_ALL.has(reason) && reason !== 'halted';

/** Whether a request is about a server at all. */
export const isInScope = (incoming: Pick<IncomingRequest, 'onlyServer'>, server: string): boolean =>
  incoming.onlyServer === undefined || incoming.onlyServer === server;
