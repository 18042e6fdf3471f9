import { BrokerError } from '../domain/errors.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';
import { assertKeepable } from './assert-keepable.ts';
import type { Channel } from './channel.ts';
import { envelope, type Handshake } from './handshake.ts';

/** Pages of one list. */
const MAX_PAGES = 100;
/** Tools of one server. */
const MAX_TOOLS = 2_000;
/** Definitions of one server, UTF-8 bytes in all: they are kept, and sent with every list. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;
/** Members and items of them in all: the lock file gives each a line. */
const MAX_LIST_MEMBERS = 250_000;

/**
 * Reads every tool a server offers, whole and in its order. A server without the `tools` capability
 * has none and is not asked.
 *
 * Attack: a list without end, or two tools of one name, of which one was approved.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL` beyond 100 pages, 2,000 tools, 250,000 members or 16 MiB,
 * for a tool without a name of its own or one that cannot be kept; what the channel throws.
 */
export async function readTools(
  channel: Channel,
  handshake: Handshake,
  options: { readonly server: string; readonly version: string; readonly timeoutMs: number },
): Promise<readonly JsonObject[]> {
  if (!isJsonObject(member(handshake.capabilities, 'tools'))) return [];
  const fault = (what: string): BrokerError =>
    new BrokerError('ERR_SERVER_PROTOCOL', `tool server ${options.server} ${what}`);
  const base = handshake.era === '2026' ? { _meta: envelope(options.version) } : {};
  const tools: JsonObject[] = [];
  const names = new Set<string>();
  let cursor: string | undefined;
  let bytes = 0;
  let members = 0;

  for (let page = 0; page < MAX_PAGES; page += 1) {
    const reply = await channel.request({
      method: 'tools/list',
      params: cursor === undefined ? base : { ...base, cursor },
      timeoutMs: options.timeoutMs,
      isCancellable: true,
    });
    if (reply.kind !== 'result') throw fault('did not list its tools');
    const found = member(reply.result, 'tools');
    if (!Array.isArray(found)) throw fault('sent a malformed list of tools');
    for (const tool of found as readonly unknown[]) {
      const name = stringMember(tool, 'name');
      if (!isJsonObject(tool) || name === undefined || name === '') {
        throw fault('lists a tool without a name');
      }
      if (names.has(name)) throw fault('lists two tools of one name');
      if (tools.length >= MAX_TOOLS) throw fault(`lists more than ${MAX_TOOLS} tools`);
      const kept = assertKeepable(options.server, tool);
      bytes += kept.bytes;
      members += kept.members;
      if (bytes > MAX_LIST_BYTES || members > MAX_LIST_MEMBERS) {
        throw fault('lists more than can be kept');
      }
      names.add(name);
      tools.push(tool);
    }
    cursor = stringMember(reply.result, 'nextCursor');
    if (cursor === undefined) return tools;
  }
  throw fault(`lists its tools on more than ${MAX_PAGES} pages`);
}
