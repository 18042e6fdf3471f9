import { ALL_CLIENT_CAPABILITIES } from '../domain/client-capabilities.ts';
import { BrokerError } from '../domain/errors.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';
import { assertKeepable } from './assert-keepable.ts';
import type { Channel } from './channel.ts';
import { envelope, type Handshake } from './handshake.ts';

/** Pages of one list. */
const MAX_PAGES = 100;
/** Items of one list. */
const MAX_ITEMS = 2_000;
/** What one server says of itself and its items, UTF-8 bytes in all: it is kept, and sent with every list. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Members and items of that in all: the lock file gives each a line. */
const MAX_MEMBERS = 250_000;
/** Of one item: it is looked at in one turn of the event loop, a microsecond for each. */
const MAX_ITEM_MEMBERS = 50_000;
/** JSON-RPC: the method is not there. */
const METHOD_NOT_FOUND = -32601;

/** One list a tool server may have. */
interface List {
  /** Without this capability the server has none and is not asked. */
  readonly capability: string;
  readonly method: string;
  readonly member: string;
  /** What the message calls its items. */
  readonly items: string;
  /** The member that names an item. */
  readonly name: string;
  /** Many servers have `resources` and no templates, and say so by not knowing the method. */
  readonly mayLack: boolean;
}

const LISTS = {
  tools: {
    capability: 'tools',
    method: 'tools/list',
    member: 'tools',
    items: 'tools',
    name: 'name',
    mayLack: false,
  },
  prompts: {
    capability: 'prompts',
    method: 'prompts/list',
    member: 'prompts',
    items: 'prompts',
    name: 'name',
    mayLack: true,
  },
  templates: {
    capability: 'resources',
    method: 'resources/templates/list',
    member: 'resourceTemplates',
    items: 'resource templates',
    name: 'uriTemplate',
    mayLack: true,
  },
} as const satisfies Record<string, List>;

/** What a tool server lists of what is pinned, whole and in its order. */
export interface OfferLists {
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
}

/** What reading needs. */
export interface ListReader {
  readonly server: string;
  /** Toolgrant's version, told to tool servers. */
  readonly version: string;
  readonly timeoutMs: number;
}

/**
 * Reads every tool, prompt and resource template a server offers. A server of the 2026 era is asked as
 * by a client with all capabilities, whoever is behind the connection: a list cannot ask anything back.
 *
 * Attack: a list without end, or two items of one name, of which one was approved.
 *
 * @param self what the server says of itself, which counts with its lists.
 * @throws BrokerError `ERR_SERVER_PROTOCOL` beyond 100 pages or 2,000 items a list, 250,000 members or
 * 16 MiB in all, 50,000 members of one item, for an item without a name of its own or one that cannot be kept; what the channel throws.
 */
export async function readLists(
  channel: Channel,
  handshake: Handshake,
  self: JsonObject,
  reader: ListReader,
): Promise<OfferLists> {
  const room = createRoom(reader.server);
  room.take(self);
  return {
    tools: await readList(LISTS.tools),
    prompts: await readList(LISTS.prompts),
    templates: await readList(LISTS.templates),
  };

  async function readList(list: List): Promise<readonly JsonObject[]> {
    if (!isJsonObject(member(handshake.capabilities, list.capability))) return [];
    const read = createList(reader.server, list, room.take);
    const base =
      handshake.era === '2026' ? { _meta: envelope(reader.version, ALL_CLIENT_CAPABILITIES) } : {};
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const reply = await channel.request({
        method: list.method,
        params: cursor === undefined ? base : { ...base, cursor },
        timeoutMs: reader.timeoutMs,
        isCancellable: true,
      });
      if (reply.kind !== 'result') {
        const isLacking = reply.kind === 'error' && reply.error.code === METHOD_NOT_FOUND;
        if (list.mayLack && page === 0 && isLacking) return [];
        throw fault(reader.server, `did not list its ${list.items}`);
      }
      read.page(member(reply.result, list.member));
      cursor = stringMember(reply.result, 'nextCursor');
      if (cursor === undefined) return read.items;
    }
    throw fault(reader.server, `lists its ${list.items} on more than ${MAX_PAGES} pages`);
  }
}

/** A list as it is read: names are unique, and everything can be kept. */
function createList(
  server: string,
  { items: noun, name: by }: List,
  take: (item: JsonObject) => void,
) {
  const items: JsonObject[] = [];
  const names = new Set<string>();
  return {
    items,
    page(found: unknown) {
      if (!Array.isArray(found)) throw fault(server, `sent a malformed list of ${noun}`);
      for (const item of found as readonly unknown[]) {
        const name = stringMember(item, by);
        if (!isJsonObject(item) || name === undefined || name === '') {
          throw fault(server, `lists ${noun} without a name`);
        }
        if (names.has(name)) throw fault(server, `lists two ${noun} of one name`);
        if (items.length >= MAX_ITEMS) throw fault(server, `lists more than ${MAX_ITEMS} ${noun}`);
        take(item);
        names.add(name);
        items.push(item);
      }
    },
  };
}

/** What may be kept of one server, over all its lists. */
function createRoom(server: string): { readonly take: (said: JsonObject) => void } {
  let bytes = 0;
  let members = 0;
  return {
    take(said) {
      const kept = assertKeepable(server, said);
      bytes += kept.bytes;
      members += kept.members;
      if (kept.members > MAX_ITEM_MEMBERS || bytes > MAX_BYTES || members > MAX_MEMBERS) {
        throw fault(server, 'lists more than can be kept');
      }
    },
  };
}

const fault = (server: string, what: string): BrokerError =>
  new BrokerError('ERR_SERVER_PROTOCOL', `tool server ${server} ${what}`);
