import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';
import { checkJsonFile } from '../domain/json-file.ts';
import { MAX_JSON_DEPTH } from '../domain/json-scan.ts';
import { parseJson } from '../domain/json-text.ts';
import { isRawNumber } from '../domain/raw-number.ts';
import { isServerKey } from '../domain/tool-ref.ts';
import { hashDefinition } from './definition-hash.ts';
import type { LockEntries, LockEntry } from './lock-entry.ts';
import { lockSchema } from './lock-schema.ts';
import { byName } from './note-offer.ts';

/** Largest lock file that is read or written, bytes. */
export const MAX_LOCK_BYTES = 64 * 1024 * 1024;
/** Longest entry that is written, characters. */
const MAX_ENTRY = 16 * 1024 * 1024;

/** What a lock file says, or the first thing wrong with it, with its place. */
export type ParsedLock =
  | { readonly ok: true; readonly entries: LockEntries }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads a lock file strictly: plain JSON, no key twice, no key unknown, every hash that of its
 * definition. Attack: a reviewer reads one definition, and another one that the hash covers is approved.
 */
export function parseLock(text: string): ParsedLock {
  const wrong = checkJsonFile(text, { maxDepth: MAX_JSON_DEPTH, mayHoldProto: true });
  if (wrong !== undefined) return bad(`${wrong.line}:${wrong.column}: ${wrong.problem}`);
  const value = parseJson(text);
  const parsed = lockSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.map(String).join('/') ?? '';
    return bad(` /${where}: ${issue?.message ?? 'not a lock'}`);
  }
  const entries = new Map<string, LockEntry>();
  // Read from the value and not from the schema's copy, which would lose a member named `__proto__`.
  for (const [server, entry] of Object.entries(member(value, 'servers') as JsonObject)) {
    const problem = isServerKey(server)
      ? entryProblem(entry as JsonObject)
      : 'not a name a tool server can have';
    if (problem !== undefined) return bad(` /servers/${server}: ${problem}`);
    entries.set(server, toEntry(entry as unknown as LockEntry));
  }
  return { ok: true, entries };
}

const bad = (problem: string): ParsedLock => ({ ok: false, problem });

function entryProblem(entry: JsonObject): string | undefined {
  const { tools, quarantined } = entry as unknown as LockEntry;
  const names = new Set<string>();
  for (const { name, hash, definition } of tools) {
    if (names.has(name)) return `tool ${JSON.stringify(name)} is there twice`;
    names.add(name);
    if (stringMember(definition, 'name') !== name) {
      return `the definition of ${JSON.stringify(name)} has another name`;
    }
    if (safeHash(definition) !== hash) {
      return `the hash of ${JSON.stringify(name)} is not that of its definition`;
    }
  }
  const stray = quarantined?.find((name) => !names.has(name));
  return stray === undefined
    ? undefined
    : `quarantined names ${JSON.stringify(stray)}, which is no tool of it`;
}

function safeHash(definition: JsonObject): string | undefined {
  try {
    return hashDefinition(definition);
  } catch {
    return undefined;
  }
}

/** In our order, so that what a person moved about is not a change. */
const toEntry = ({
  tools,
  quarantined,
  instructions: _,
  ...shared
}: LockEntry & { readonly instructions?: string }): LockEntry => ({
  ...shared,
  tools: [...tools].sort(byName),
  ...(quarantined === undefined || quarantined.length === 0
    ? {}
    : { quarantined: [...new Set(quarantined)].sort() }),
});

/**
 * Writes a lock file: members sorted, two spaces, one item a line, so that a version control system
 * shows what changed and nothing else.
 */
export function formatLock(entries: LockEntries): string {
  const servers = Object.fromEntries(
    [...entries].map(([server, entry]) => [server, entry as unknown as Json]),
  );
  const lock = { version: 1, servers };
  return `${JSON.stringify(sorted(lock as unknown as Json), undefined, 2)}\n`;
}

/**
 * Whether a server's entry can be written and read again. Attack: a server that offers what cannot
 * leaves the file broken for every other one.
 */
export function isWritable(server: string, entry: LockEntry): boolean {
  const text = formatLock(new Map([[server, entry]]));
  return text.length <= MAX_ENTRY && parseLock(text).ok;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value) || isRawNumber(value)) return value;
  const members = Object.keys(value)
    .sort()
    .map((key) => [key, sorted(value[key] as Json)] as const);
  return Object.fromEntries(members);
}
