import type { IncomingRequest } from '../domain/broker.ts';
import type { PinnedServer } from '../domain/catalog-record.ts';
import type { Decision } from '../domain/decision.ts';
import type { Era } from '../domain/era.ts';
import type { JsonObject } from '../domain/json.ts';
import { member } from '../domain/json.ts';
import type { Answering } from './answering.ts';
import { isInScope } from './permitted-items.ts';
import { cancelsTasks, makesTasks, TASKS_2026 } from './task-support.ts';

type Decide = (request: Parameters<Answering['decide']>[1]) => Decision;

/** What a client sees of the tool servers in a handshake: nothing of one it is not granted. */
export interface Visible {
  readonly capabilities: JsonObject;
  /** Servers it is granted something of, with their approved instructions, by the configuration's order. */
  readonly instructions: readonly { readonly server: string; readonly text: string }[];
}

/** What of one server's surfaces a client can use. */
interface Surfaces {
  readonly prompts: boolean;
  readonly resources: boolean;
  readonly subscribe: boolean;
  readonly completions: boolean;
  readonly logging: boolean;
  /** In the client's own era. */
  readonly tasks: boolean;
  readonly taskCancel: boolean;
}

/** Of a server nobody has seen: a client asks what it offers once, and would never look again. */
const UNSEEN: Surfaces = {
  prompts: true,
  resources: true,
  subscribe: true,
  completions: true,
  logging: true,
  tasks: false,
  taskCancel: false,
};

/**
 * What a handshake says that this broker can do for a client: as far as tool servers in its scope have
 * it and its grants give something of it, from pins, without connecting. Tools are always there, so
 * that a client without a grant looks for some.
 *
 * Tasks are there where client and tool server are of one era. Capabilities that are no surface of
 * this broker (`experimental`, other `extensions`, any other) are left out: each announces methods
 * that would be refused.
 */
export function visible(incoming: IncomingRequest, broker: Answering): Visible {
  const { servers, pinned } = broker.catalog.view();
  const decide = broker.decider(incoming.principal);
  const instructions: { server: string; text: string }[] = [];
  const found: Surfaces[] = [];
  for (const [server, { tools, hasResources }] of servers) {
    if (!isInScope(incoming, server)) continue;
    if (decide({ kind: 'server', server }).kind === 'deny') continue;
    const known = pinned.get(server);
    if (known !== undefined) found.push(surfacesOf(known, incoming.era, hasResources, decide));
    else if (tools === undefined) found.push(UNSEEN);
    const text = known === undefined ? undefined : approvedInstructions(known);
    if (text !== undefined) instructions.push({ server, text: broker.scrub(text) });
  }
  const has = (surface: keyof Surfaces): boolean => found.some((one) => one[surface]);
  const listChanged = hearsNews(incoming) ? { listChanged: true } : {};
  const capabilities = {
    ...(has('completions') ? { completions: {} } : {}),
    ...(has('logging') ? { logging: {} } : {}),
    ...(has('prompts') ? { prompts: listChanged } : {}),
    ...(has('resources')
      ? { resources: { ...listChanged, ...(has('subscribe') ? { subscribe: true } : {}) } }
      : {}),
    ...(has('tasks') ? tasksCapability(incoming.era, has('taskCancel')) : {}),
    tools: listChanged,
  };
  return { capabilities, instructions };
}

/** `list` is not offered: a connection that sessions share would list another's. */
const tasksCapability = (era: Era, canCancel: boolean): JsonObject =>
  era === '2026'
    ? TASKS_2026
    : { tasks: { ...(canCancel ? { cancel: {} } : {}), requests: { tools: { call: {} } } } };

/**
 * Whether there is a channel on which changes are told: a 2025 client over HTTP may open its stream, a
 * 2026 one listen. Nobody else calls from a command line.
 */
const hearsNews = ({ origin }: IncomingRequest): boolean => origin.transport !== 'cli';

function surfacesOf(
  pinned: PinnedServer,
  era: Era,
  hasResources: boolean,
  decide: Decide,
): Surfaces {
  const { server, capabilities } = pinned;
  const has = (capability: string): boolean => Object.hasOwn(capabilities, capability);
  const prompts = pinned.prompts.some(
    ({ name }) => decide({ kind: 'prompt', server, prompt: name }).kind === 'permit',
  );
  const templates = pinned.templates.some(
    ({ name }) => decide({ kind: 'template', server, template: name }).kind === 'permit',
  );
  const tools = pinned.tools.some(
    ({ name }) => decide({ kind: 'tool', server, tool: name }).kind === 'permit',
  );
  const resources =
    hasResources && decide({ kind: 'server', server, needs: 'resources' }).kind === 'permit';
  return {
    prompts,
    resources,
    subscribe: resources && member(member(capabilities, 'resources'), 'subscribe') === true,
    completions: has('completions') && (prompts || templates),
    logging: has('logging'),
    tasks: tools && pinned.era === era && makesTasks(pinned),
    taskCancel: tools && pinned.era === era && cancelsTasks(pinned),
  };
}

function approvedInstructions({ about }: PinnedServer): string | undefined {
  if (about === undefined || about.quarantine !== undefined) return undefined;
  const text = member(about.definition, 'instructions');
  return typeof text === 'string' && text.trim() !== '' ? text : undefined;
}
