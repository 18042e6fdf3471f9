import { parse, stringify } from 'smol-toml';
import { type JsonObject, member } from '../domain/json.ts';
import {
  CannotEdit,
  type EntryPath,
  newlineOf,
  type Splice,
  type TextEditor,
} from './text-editor.ts';

/**
 * Edits TOML by whole tables: an entry is `[key.name]` at the end of the file, and goes with the tables
 * below it. Nothing else of the text is looked at, let alone written anew.
 */
export const tomlEditor: TextEditor = {
  insert: (body, { key, name }, value) =>
    append(body, stringify(nested([...key, name], value)).trimEnd()),
  insertRaw: (body, _path, raw) => append(body, raw),
  remove(body, path) {
    const ranges = tablesOf(body, path);
    let text = body;
    for (const { start, end } of ranges.reverse()) text = text.slice(0, start) + text.slice(end);
    return [text];
  },
  rawOf(body, path) {
    const text = tablesOf(body, path).map(({ start, end }) => body.slice(start, end));
    return text.length === 0 ? undefined : text.join('').trimEnd();
  },
};

function append(body: string, table: string): Splice {
  const eol = newlineOf(body);
  const lead = body === '' ? '' : body.endsWith('\n') ? eol : eol + eol;
  const inserted = `${lead}${table.replaceAll(/\r?\n/g, eol)}${eol}`;
  return { at: body.length, removed: '', inserted };
}

/**
 * The tables of an entry, from each header to its last line that says something, ascending. A line is
 * taken for a header when the text before it is TOML of its own: inside a text of several lines it
 * is not.
 */
function tablesOf(body: string, { key, name }: EntryPath): { start: number; end: number }[] {
  const wanted = [...key, name];
  const headers = [...body.matchAll(/^[ \t]*(\[\[?[^\r\n]*\]\]?)[ \t]*(?:#.*)?\r?$/gm)].flatMap(
    (found) => {
      const path = headerPath(found[1] ?? '');
      return path === undefined ? [] : [{ start: found.index, path }];
    },
  );
  // Asked only of those that matter: a client keeps a table for every folder it was in.
  const isHeader = ({ start }: { readonly start: number }) => isToml(body.slice(0, start));
  const ranges = headers.flatMap((header, index) => {
    const { start, path } = header;
    if (!wanted.every((part, at) => path[at] === part) || !isHeader(header)) return [];
    const stop = headers.slice(index + 1).find(isHeader)?.start ?? body.length;
    // Blank lines and comments before the next header belong to what follows.
    const said = saidIn(body.slice(start, stop));
    const isLone = /(?:^|\n)\r?\n$/.test(body.slice(0, start));
    const blank = isLone ? (body[start - 2] === '\r' ? 2 : 1) : 0;
    return [{ start: start - blank, end: start + said }];
  });
  if (ranges.length === 0 && entryIn(body, wanted) !== undefined) {
    throw new CannotEdit(`does not give \`${name}\` a table of its own`);
  }
  return ranges;
}

/** How far a text says something: to the end of its last line that is neither blank nor a comment. */
function saidIn(text: string): number {
  let at = 0;
  let said = 0;
  for (const line of text.split(/(?<=\n)/)) {
    at += line.length;
    if (!/^[ \t]*(?:#.*)?\r?\n?$/.test(line)) said = at;
  }
  return said;
}

function headerPath(header: string): readonly string[] | undefined {
  try {
    const path: string[] = [];
    let at: unknown = parse(header);
    for (;;) {
      if (Array.isArray(at)) at = at[0];
      const [name] = Object.keys(at ?? {});
      if (name === undefined) return path;
      path.push(name);
      at = member(at, name);
    }
  } catch {
    return undefined;
  }
}

function isToml(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function entryIn(body: string, path: readonly string[]): unknown {
  try {
    return path.reduce<unknown>((at, name) => member(at, name), parse(body));
  } catch {
    throw new CannotEdit('is not TOML');
  }
}

const nested = (path: readonly string[], value: JsonObject): JsonObject =>
  path.reduceRight<JsonObject>((inner, name) => ({ [name]: inner }), value);
