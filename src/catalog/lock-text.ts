import type { ItemKind } from '../domain/catalog-record.ts';
import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';
import { checkJsonFile } from '../domain/json-file.ts';
import { MAX_JSON_DEPTH } from '../domain/json-scan.ts';
import { parseJson } from '../domain/json-text.ts';
import { isRawNumber } from '../domain/raw-number.ts';
import { isServerKey } from '../domain/tool-ref.ts';
import { hashDefinition } from './definition-hash.ts';
import { INSTRUCTIONS, itemsOf, nameOf } from './items.ts';
import { type LockEntries, type LockEntry, lockLists, quarantinedIn } from './lock-entry.ts';
import { lockSchema } from './lock-schema.ts';

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
    const read = fromWritten(entry as unknown as WrittenEntry);
    const problem = isServerKey(server) ? entryProblem(read) : 'not a name a tool server can have';
    if (problem !== undefined) return bad(` /servers/${server}: ${problem}`);
    entries.set(server, inOrder(read));
  }
  return { ok: true, entries };
}

const bad = (problem: string): ParsedLock => ({ ok: false, problem });

function entryProblem(entry: LockEntry): string | undefined {
  const words = new Set<string>();
  for (const { kind, word, item } of itemsOf(entry)) {
    const { name, hash, definition } = item;
    if (words.has(word)) return `${what(kind, name)} is there twice`;
    words.add(word);
    if (nameOf(kind, definition) !== name) {
      return `the definition of ${what(kind, name)} has another name`;
    }
    if (safeHash(definition) !== hash) {
      return `the hash of ${what(kind, name)} is not that of its definition`;
    }
  }
  const stray = entry.quarantined?.find((word) => !words.has(word));
  return stray === undefined
    ? undefined
    : `quarantined names ${JSON.stringify(stray)}, which is nothing of it`;
}

const what = (kind: ItemKind, name: string): string =>
  kind === 'instructions' ? kind : `${kind} ${JSON.stringify(name)}`;

function safeHash(definition: JsonObject): string | undefined {
  try {
    return hashDefinition(definition);
  } catch {
    return undefined;
  }
}

/** An entry as the file has it: instructions as the text they are. */
type WrittenEntry = Omit<LockEntry, 'about'> & {
  readonly instructions?: { readonly hash: string; readonly text: string } | string;
};

/** Instructions of earlier versions are a text alone, which nobody approved: not read. */
function fromWritten({ instructions, ...shared }: WrittenEntry): LockEntry {
  if (instructions === undefined || typeof instructions === 'string') return shared;
  const { hash, text } = instructions;
  return { ...shared, about: { name: INSTRUCTIONS, hash, definition: { instructions: text } } };
}

function toWritten({ about, ...shared }: LockEntry): WrittenEntry {
  if (about === undefined) return shared;
  const text = stringMember(about.definition, 'instructions') ?? '';
  return { ...shared, instructions: { hash: about.hash, text } };
}

function inOrder(entry: LockEntry): LockEntry {
  const { tools: _, prompts: __, templates: ___, about: ____, quarantined, ...identity } = entry;
  return { ...identity, ...lockLists(itemsOf(entry)), ...quarantinedIn(quarantined ?? []) };
}

/**
 * Writes a lock file: members sorted, two spaces, one item a line, so that a version control system
 * shows what changed and nothing else.
 */
export function formatLock(entries: LockEntries): string {
  const servers = Object.fromEntries(
    [...entries].map(([server, entry]) => [server, toWritten(entry) as unknown as Json]),
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
