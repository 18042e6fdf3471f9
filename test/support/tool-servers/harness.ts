import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hashDefinition } from '../../../src/catalog/definition-hash.ts';
import type { Timers } from '../../../src/dispatch/timers.ts';
import type {
  CallHooks,
  DispatchReply,
  ToolServerConnection,
  ToolServerSpec,
} from '../../../src/dispatch/tool-server.ts';
import type { IntentReceipt } from '../../../src/domain/intent-receipt.ts';
import { type Json, type JsonObject, member, stringMember } from '../../../src/domain/json.ts';
import { parseJson } from '../../../src/domain/json-text.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const modules = (name: string): string =>
  fileURLToPath(new URL(`../../../node_modules/@modelcontextprotocol/${name}`, import.meta.url));

/** Entry files of the tool servers of the tests. */
export const SERVERS = {
  raw: here('raw-2025.mjs'),
  sayer: here('sayer-2025.mjs'),
  modern: here('sdk-2026-stdio.mjs'),
  growing: here('growing-2026.mjs'),
  everything: modules('server-everything/dist/index.js'),
  filesystem: modules('server-filesystem/dist/index.js'),
  memory: modules('server-memory/dist/index.js'),
};

type StdioSpec = ToolServerSpec & { readonly kind: 'stdio' };
type HttpSpec = ToolServerSpec & { readonly kind: 'http' };

const COMMON = {
  name: 's',
  isolation: 'session',
  timeoutMs: 20_000,
  startTimeoutMs: 20_000,
  idleMs: 60_000,
  maxMessageBytes: 4 * 1024 * 1024,
} as const;

/** A stdio entry that runs `file` with this Node and next to no environment. */
export const stdioSpec = (
  file: string,
  args: readonly string[] = [],
  more: Partial<StdioSpec> = {},
): StdioSpec => ({
  ...COMMON,
  kind: 'stdio',
  command: process.execPath,
  args: [file, ...args],
  cwd: here('.'),
  env: { PATH: process.env.PATH ?? '' },
  ...more,
});

/** An HTTP entry. */
export const httpSpec = (url: string, more: Partial<HttpSpec> = {}): HttpSpec => ({
  ...COMMON,
  kind: 'http',
  url,
  headers: {},
  ...more,
});

/** Timers that move only when told to. */
export interface ManualTimers extends Timers {
  advance(ms: number): void;
  /** Milliseconds that have passed. */
  passed(): number;
}

/** Makes timers that stand still. */
export function manualTimers(): ManualTimers {
  let now = 0;
  const waiting = new Set<{ at: number; run: () => void }>();
  return {
    passed: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    advance(ms) {
      now += ms;
      for (const timer of [...waiting].sort((a, b) => a.at - b.at)) {
        if (timer.at <= now && waiting.delete(timer)) timer.run();
      }
    },
  };
}

/** The receipt of a call of a tool as it is offered now. */
export function receiptFor(
  connection: ToolServerConnection,
  tool: string,
  server = 's',
  args: Json = {},
): IntentReceipt {
  const definition = connection.offer.tools.find((found) => stringMember(found, 'name') === tool);
  return {
    seq: 1,
    epoch: 1,
    sessionId: 'ses_test',
    subject: 'alice',
    method: 'tools/call',
    target: { kind: 'tool', server, tool, args },
    definitionHash: definition === undefined ? 'none' : hashDefinition(definition),
  } as unknown as IntentReceipt;
}

/** Calls a tool as a permitted client would. */
export function callTool(
  connection: ToolServerConnection,
  tool: string,
  args: JsonObject = {},
  hooks: Partial<CallHooks> & { readonly params?: JsonObject } = {},
): Promise<DispatchReply> {
  const { params, ...rest } = hooks;
  const sent = { name: tool, arguments: args, ...params };
  return connection.call(receiptFor(connection, tool, 's', sent.arguments), sent, {
    signal: new AbortController().signal,
    mayWrite: () => true,
    ...rest,
  });
}

/** The text of a result's first content item. */
export function textOf(reply: DispatchReply): string {
  const content = reply.kind === 'result' ? member(reply.result, 'content') : undefined;
  return (
    stringMember((content as readonly Json[] | undefined)?.[0], 'text') ?? `no text: ${reply.kind}`
  );
}

/** The JSON in a result's first content item. */
export const jsonOf = (reply: DispatchReply): Json => parseJson(textOf(reply));

/** Whether a process runs. One that ended and that nobody has collected yet does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
