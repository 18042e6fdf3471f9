import { createScanner, type Node, type ParseError, parseTree } from 'jsonc-parser';
import { JSONC } from './parse-client-text.ts';
import {
  CannotEdit,
  type EntryPath,
  indentAt,
  lineStart,
  newlineOf,
  type Splice,
  type TextEditor,
} from './text-editor.ts';

/** Kinds of token jsonc-parser's scanner tells; its enum is one that cannot be imported. */
const COMMA = 5;
const LINE_BREAK = 14;
const EOF = 17;

/**
 * Edits JSON with or without comments. An entry goes in as the first of its object: that is one
 * insertion, whatever commas and comments follow. jsonc-parser reads; its own edits rewrite whole
 * lines, and would take a neighbour's spelling with them.
 */
export const jsonEditor: TextEditor = {
  insert: (body, path, value) =>
    insertAt(body, path, ({ unit, isOneLine }) =>
      isOneLine ? JSON.stringify(value) : JSON.stringify(value, null, unit),
    ),
  insertRaw: (body, path, raw) => insertAt(body, path, () => raw),
  remove(body, { key, name }) {
    const object = objectNode(rootOf(body), key);
    const at = object === undefined ? undefined : propertyOf(object, name);
    return object === undefined || at === undefined ? [body] : withoutProperty(body, object, at);
  },
  rawOf(body, { key, name }) {
    const object = objectNode(rootOf(body), key);
    const value = object && propertyOf(object, name)?.children?.[1];
    return value && body.slice(value.offset, value.offset + value.length);
  },
};

function rootOf(body: string): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(body, errors, JSONC);
  if (errors.length > 0) throw new CannotEdit('is not JSON');
  if (root !== undefined && root.type !== 'object') throw new CannotEdit('is not a JSON object');
  return root;
}

/** The object at a path, `undefined` when a key of it is not there. */
function objectNode(root: Node | undefined, key: readonly string[]): Node | undefined {
  let at = root;
  for (const name of key) {
    const value = at && propertyOf(at, name)?.children?.[1];
    if (value === undefined) return undefined;
    if (value.type !== 'object') throw new CannotEdit(`has a \`${name}\` that is not an object`);
    at = value;
  }
  return at;
}

/** Attack, or accident: of two equal keys clients obey one, and it may be the one we did not edit. */
function propertyOf(object: Node, name: string): Node | undefined {
  const found = (object.children ?? []).filter(({ children }) => children?.[0]?.value === name);
  if (found.length > 1) throw new CannotEdit(`has \`${name}\` twice`);
  return found[0];
}

type Render = (style: { readonly unit: string; readonly isOneLine: boolean }) => string;

function insertAt(body: string, { key, name }: EntryPath, render: Render): Splice {
  const root = rootOf(body);
  const eol = newlineOf(body);
  const unit = unitOf(body, root);
  if (root === undefined) {
    const text = nested([...key, name], render({ unit, isOneLine: false }), unit);
    const lead = body === '' || body.endsWith('\n') ? '' : eol;
    return { at: body.length, removed: '', inserted: `${lead}${lines(text, '', eol)}${eol}` };
  }
  let depth = key.length;
  while (objectNode(root, key.slice(0, depth)) === undefined) depth -= 1;
  const object = objectNode(root, key.slice(0, depth)) ?? root;
  const [first = name, ...inner] = [...key.slice(depth), name];
  const value = (isOneLine: boolean) =>
    nested(inner, render({ unit, isOneLine }), isOneLine ? '' : unit);
  return insertFirst(
    body,
    object,
    unit,
    eol,
    (isOneLine) =>
      `${JSON.stringify(first)}:${isOneLine && !/":\s/.test(body) ? '' : ' '}${value(isOneLine)}`,
  );
}

function insertFirst(
  body: string,
  object: Node,
  unit: string,
  eol: string,
  render: (isOneLine: boolean) => string,
): Splice {
  const open = object.offset + 1;
  const next = object.children?.[0];
  const lineEnd = lineBreakBefore(body, open, next?.offset ?? object.offset + object.length - 1);
  if (next !== undefined && lineEnd === undefined) {
    const lead = /[ \t]*/y.exec(body.slice(open))?.[0] ?? '';
    return {
      at: open,
      removed: '',
      inserted: `${lead}${render(true)},${lead === '' && /, /.test(body) ? ' ' : ''}`,
    };
  }
  const base = indentAt(body, object.offset);
  const own =
    next !== undefined && /^\s*$/.test(body.slice(lineStart(body, next.offset), next.offset))
      ? indentAt(body, next.offset)
      : base + unit;
  const entry = `${eol}${own}${lines(render(false), own, eol)}`;
  if (next !== undefined) return { at: lineEnd ?? open, removed: '', inserted: `${entry},` };
  return lineEnd === undefined
    ? { at: open, removed: '', inserted: `${entry}${eol}${base}` }
    : { at: lineEnd, removed: '', inserted: entry };
}

/** Where the line of an opening bracket ends, comments of that line included; `undefined` before `stop`. */
function lineBreakBefore(body: string, open: number, stop: number): number | undefined {
  const scanner = createScanner(body, false);
  scanner.setPosition(open);
  for (;;) {
    const token = scanner.scan();
    const at = scanner.getTokenOffset();
    if (token === EOF || at >= stop) return undefined;
    if (token === LINE_BREAK) return at;
  }
}

function withoutProperty(body: string, object: Node, property: Node): readonly string[] {
  const start = property.offset;
  const end = start + property.length;
  const previous = object.children?.[(object.children?.indexOf(property) ?? 0) - 1];
  const comma = commaAfter(body, end);
  const before =
    comma === undefined && previous !== undefined
      ? commaAfter(body, previous.offset + previous.length)
      : undefined;
  const head = (to: number) =>
    before === undefined ? body.slice(0, to) : body.slice(0, before) + body.slice(before + 1, to);
  const rest = body.slice(comma === undefined ? end : comma + 1);
  const lead = start - (/\s*$/.exec(body.slice(0, start))?.[0].length ?? 0);
  // The second keeps the line break before the entry: it may be what ends a comment.
  return [head(lead) + rest, head(start) + rest];
}

function commaAfter(body: string, offset: number): number | undefined {
  const scanner = createScanner(body, true);
  scanner.setPosition(offset);
  return scanner.scan() === COMMA ? scanner.getTokenOffset() : undefined;
}

/** What the file indents by: as its first member does. */
function unitOf(body: string, root: Node | undefined): string {
  const first = root?.children?.[0];
  const indent = first === undefined ? '' : indentAt(body, first.offset);
  return indent === '' ? '  ' : indent;
}

/** `{"a": {"b": value}}` for the names a, b. */
function nested(names: readonly string[], value: string, unit: string): string {
  const [name, ...inner] = names;
  if (name === undefined) return value;
  const text = nested(inner, value, unit);
  return unit === ''
    ? `{${JSON.stringify(name)}:${text}}`
    : `{\n${unit}${JSON.stringify(name)}: ${text.replaceAll('\n', `\n${unit}`)}\n}`;
}

const lines = (text: string, indent: string, eol: string): string =>
  text.replaceAll(/\r?\n/g, `${eol}${indent}`);
