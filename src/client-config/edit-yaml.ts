import { isMap, isScalar, type Pair, parseDocument, stringify, type YAMLMap } from 'yaml';
import { CannotEdit, lineStart, newlineOf, type Splice, type TextEditor } from './text-editor.ts';

/**
 * Edits YAML as text, at the places its parser names: writing the document anew would fold lines and
 * move comments. Only a map at the top of the file is edited.
 */
export const yamlEditor: TextEditor = {
  insert: (body, { key, name }, value) =>
    insertAt(body, key, stringify({ [name]: value }, { lineWidth: 0 }), { [name]: value }),
  insertRaw: (body, { key, name }, raw, value) => insertAt(body, key, raw, { [name]: value }),
  remove(body, { key, name }) {
    const { top, map } = look(body, key);
    const pair = map && pairOf(map, name);
    if (top === undefined || map === undefined || pair === undefined) return [body];
    if (map.flow === true) return [withoutFlowPair(body, map, pair)];
    const { start, end } = linesOf(body, pair);
    const rest = body.slice(end);
    if (map.items.length > 1) return [body.slice(0, start) + rest];
    const colon = body.indexOf(':', rangeOf(top.key)[1]) + 1;
    return [`${body.slice(0, colon)} {}${body.slice(colon, start)}${rest}`];
  },
  rawOf(body, { key, name }) {
    const { map } = look(body, key);
    const pair = map && pairOf(map, name);
    if (map === undefined || pair === undefined) return undefined;
    if (map.flow === true) return undefined;
    const { start, end } = linesOf(body, pair);
    const lines = body.slice(start, end).split('\n');
    const indent = /^ */.exec(lines[0] ?? '')?.[0] ?? '';
    return lines
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n');
  },
};

/** The pair of the key at the top of the file, and the map that is its value. */
function look(body: string, [key = '']: readonly string[]) {
  const document = parseDocument(body, { uniqueKeys: false });
  if (document.errors.length > 0) throw new CannotEdit('is not YAML');
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return {};
  if (!isMap(root) || root.flow === true)
    throw new CannotEdit('is not a YAML map, a key to a line');
  const top = pairOf(root, key);
  return top === undefined || !isMap(top.value) ? { top } : { top, map: top.value };
}

/** Attack, or accident: of two equal keys clients obey one, and it may be the one we did not edit. */
function pairOf(map: YAMLMap, name: string): Pair | undefined {
  const found = map.items.filter(({ key }) => isScalar(key) && key.value === name);
  if (found.length > 1) throw new CannotEdit(`has \`${name}\` twice`);
  return found[0];
}

function insertAt(
  body: string,
  key: readonly string[],
  block: string,
  flow: Readonly<Record<string, unknown>>,
): Splice {
  const { top, map } = look(body, key);
  const eol = newlineOf(body);
  const indented = (indent: string) =>
    block.trimEnd().replaceAll(/\r?\n/g, `${eol}${indent}`).replace(/^/, indent) + eol;
  const add = (at: number, inserted: string, removed = ''): Splice => ({ at, removed, inserted });
  const lead = body === '' || body.endsWith('\n') ? '' : eol;
  if (top === undefined) return add(body.length, `${lead}${key[0]}:${eol}${indented('  ')}`);
  const oneLine = JSON.stringify(flow).slice(1, -1);
  if (map === undefined) {
    if (!isScalar(top.value) || top.value.value !== null) {
      if (top.value !== null) throw new CannotEdit(`has a \`${key[0]}\` that is not a map`);
    }
    const [start, end] = top.value === null ? [0, 0] : rangeOf(top.value);
    if (end > start) return add(start, `{${oneLine}}`, body.slice(start, end));
    const lineEnd = body.indexOf('\n', rangeOf(top.key)[1]);
    return lineEnd === -1
      ? add(body.length, eol + indented('  '))
      : add(lineEnd + 1, indented('  '));
  }
  const [open] = rangeOf(map);
  const colon = body.indexOf(':', rangeOf(top.key)[1]) + 1;
  if (map.items.length === 0 && /^[ \t]*$/.test(body.slice(colon, open))) {
    // `{}` says the same as nothing, and below nothing there is room for lines.
    const lineEnd = body.indexOf('\n', rangeOf(map)[1]);
    const removed = body.slice(colon, lineEnd === -1 ? body.length : lineEnd + 1);
    const rest = body.slice(rangeOf(map)[1], colon + removed.length).trimEnd();
    return add(colon, rest + eol + indented('  '), removed);
  }
  if (map.flow === true) return add(open + 1, oneLine + (map.items.length > 0 ? ', ' : ''));
  const first = rangeOf(map.items[0]?.key)[0];
  const start = lineStart(body, first);
  const indent = body.slice(start, first);
  if (!/^ +$/.test(indent))
    throw new CannotEdit(`has no line of its own for the first \`${key[0]}\``);
  return add(start, indented(indent));
}

/** The lines of a pair of a block: from its key's to the last of its value's; comments after it stay. */
function linesOf(body: string, pair: Pair): { readonly start: number; readonly end: number } {
  const [keyStart, keyEnd] = rangeOf(pair.key);
  const valueEnd = pair.value === null ? keyEnd : rangeOf(pair.value)[1];
  const said = body.slice(0, Math.max(keyEnd, valueEnd)).trimEnd().length;
  const lineEnd = body.indexOf('\n', said);
  return { start: lineStart(body, keyStart), end: lineEnd === -1 ? body.length : lineEnd + 1 };
}

function withoutFlowPair(body: string, map: YAMLMap, pair: Pair): string {
  const index = map.items.indexOf(pair);
  const next = map.items[index + 1];
  const previous = map.items[index - 1];
  const start =
    previous !== undefined && next === undefined ? endOf(previous) : rangeOf(pair.key)[0];
  const end = next === undefined ? endOf(pair) : rangeOf(next.key)[0];
  return body.slice(0, start) + body.slice(end);
}

const endOf = ({ key, value }: Pair): number => rangeOf(value ?? key)[1];

/** Where a node begins and where what it says ends, in UTF-16 units. */
function rangeOf(node: unknown): readonly [number, number] {
  const { range } = node as { range?: readonly [number, number, number] | null };
  if (range === undefined || range === null)
    throw new CannotEdit('has a key this version cannot place');
  return [range[0], range[1]];
}
