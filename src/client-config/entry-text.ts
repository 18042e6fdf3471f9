import { isDeepStrictEqual } from 'node:util';
import { BrokerError } from '../domain/errors.ts';
import { type JsonObject, member } from '../domain/json.ts';
import type { ClientFacts } from './client-facts.ts';
import { jsonEditor } from './edit-json.ts';
import { tomlEditor } from './edit-toml.ts';
import { yamlEditor } from './edit-yaml.ts';
import { parseClientText } from './parse-client-text.ts';
import { objectAt } from './read-entry.ts';
import { CannotEdit, type Splice, spliced, type TextEditor } from './text-editor.ts';

const EDITORS: Record<ClientFacts['format'], TextEditor> = {
  json: jsonEditor,
  jsonc: jsonEditor,
  toml: tomlEditor,
  yaml: yamlEditor,
};

/** A client's file as text that entries are put into and taken out of. */
export interface EntryText {
  readonly client: ClientFacts;
  /** Named in messages. */
  readonly path: string;
  /** A byte order mark kept. */
  readonly text: string;
}

/**
 * The text with one entry more.
 *
 * Every function here reads its own result back before it returns it: what was there means what it
 * meant, and the entry means what was asked. One that cannot be edited so throws BrokerError
 * `ERR_CONFIG` with the remedy.
 */
export function withEntry(
  file: EntryText,
  name: string,
  value: JsonObject,
): { readonly text: string; readonly splice: Splice } {
  return edited(file, (editor, body, root, key) => {
    const splice = editor.insert(body, { key, name }, value);
    return {
      text: checked(file, spliced(body, splice), withMember(root, key, name, value)),
      splice,
    };
  });
}

/**
 * The text without an entry; the same text when it has none.
 *
 * @param splice how the entry was put in: if that text is there exactly once, exactly that goes.
 */
export function withoutEntry(file: EntryText, name: string, splice?: Splice): string {
  return edited(file, (editor, body, root, key) => {
    if (!Object.hasOwn(objectAt(root, key) ?? {}, name)) return { text: body };
    const wanted = withoutMember(root, key, name);
    const undone = splice === undefined ? undefined : undo(body, splice);
    const candidates = [
      ...(undone === undefined ? [] : [undone]),
      ...editor.remove(body, { key, name }),
    ];
    for (const candidate of candidates) {
      if (means(file.client, candidate, wanted)) return { text: candidate };
    }
    throw new CannotEdit(`is written so that \`${name}\` cannot be taken out of it safely`);
  }).text;
}

/** The text with an entry as another text has it, spelling and comments included where that fits. */
export function withEntryOf(file: EntryText, name: string, from: string): string {
  return edited(file, (editor, body, root, key) => {
    const source = bodyOf(from);
    const raw = editor.rawOf(source, { key, name });
    const value = member(objectAt(parse(file, source), key), name);
    if (value === undefined) return { text: body };
    const splice =
      raw === undefined
        ? editor.insert(body, { key, name }, value as JsonObject)
        : editor.insertRaw(body, { key, name }, raw, value);
    const text = spliced(body, splice);
    return { text: checked(file, text, withMember(root, key, name, value)) };
  }).text;
}

/** An entry's value; `undefined` when there is none. */
export const entryOf = (file: EntryText, name: string): unknown =>
  member(objectAt(parse(file, bodyOf(file.text)), file.client.key), name);

const bodyOf = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text);

function edited<T extends { readonly text: string }>(
  file: EntryText,
  edit: (editor: TextEditor, body: string, root: unknown, key: readonly string[]) => T,
): T {
  const { client, text } = file;
  const body = bodyOf(text);
  const root = parse(file, body);
  try {
    const result = edit(EDITORS[client.format], body, root, client.key);
    return { ...result, text: text.slice(0, text.length - body.length) + result.text };
  } catch (error) {
    if (!(error instanceof CannotEdit)) throw error;
    throw unusable(file, error.message);
  }
}

function parse(file: EntryText, body: string): unknown {
  const parsed = parseClientText(file.client.format, body);
  if ('problem' in parsed) throw unusable(file, parsed.problem);
  return parsed.value;
}

function unusable({ path, client }: EntryText, problem: string): BrokerError {
  return new BrokerError('ERR_CONFIG', `${path} ${problem}`, {
    hint: `nothing was changed; mend the file, or run \`toolgrant connect ${client.id} --print\` and paste the entry`,
  });
}

function checked(file: EntryText, body: string, wanted: unknown): string {
  if (means(file.client, body, wanted)) return body;
  throw new CannotEdit('is written in a way this version cannot edit safely');
}

function means(client: ClientFacts, body: string, wanted: unknown): boolean {
  const parsed = parseClientText(client.format, body);
  return (
    'value' in parsed &&
    isDeepStrictEqual(settled(parsed.value, client.key), settled(wanted, client.key))
  );
}

/** Undoes a splice if its text is there exactly once. Empty or ambiguous: `undefined`. */
function undo(body: string, { inserted, removed }: Splice): string | undefined {
  const at = body.indexOf(inserted);
  if (inserted === '' || at === -1 || body.indexOf(inserted, at + 1) !== -1) return undefined;
  return spliced(body, { at, removed: inserted, inserted: removed });
}

function withMember(root: unknown, key: readonly string[], name: string, value: unknown): unknown {
  const [first, ...rest] = key;
  if (first === undefined) return { ...asObject(root), [name]: value };
  return { ...asObject(root), [first]: withMember(member(root, first), rest, name, value) };
}

function withoutMember(root: unknown, key: readonly string[], name: string): unknown {
  const [first, ...rest] = key;
  const object = { ...asObject(root) };
  if (first === undefined) delete object[name];
  else object[first] = withoutMember(member(root, first), rest, name);
  return object;
}

/** An object of servers that is empty means the same as none. */
function settled(root: unknown, key: readonly string[]): unknown {
  const [first = ''] = key;
  const object = { ...asObject(root) };
  const servers = object[first];
  if (servers === null || isDeepStrictEqual(servers, {})) delete object[first];
  return object;
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** An entry in a file of its own: what a person pastes. */
export const pasted = (client: ClientFacts, name: string, value: JsonObject): string =>
  EDITORS[client.format].insert('', { key: client.key, name }, value).inserted;
