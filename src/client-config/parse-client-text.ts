import { type Node, type ParseError, parseTree } from 'jsonc-parser';
import { parse as parseToml, TomlError } from 'smol-toml';
import { LineCounter, parseAllDocuments } from 'yaml';
import type { ClientFacts } from './client-facts.ts';

/** What a client's file says, or where it cannot be read. An empty file says `undefined`. */
export type ParsedText =
  | { readonly value: unknown }
  /** Line and kind of the problem, never the text around it: that may be a credential. */
  | { readonly problem: string };

/** Comments and a comma before a closing bracket are fine: clients take them, or their users wrote them. */
export const JSONC = { allowTrailingComma: true, allowEmptyContent: true } as const;

/**
 * Reads the text of a client's file, a byte order mark aside. JSON is read with comments and trailing
 * commas whatever the client says it takes; of equal keys the last counts, as it does for clients.
 */
export function parseClientText(format: ClientFacts['format'], text: string): ParsedText {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (body.trim() === '') return { value: undefined };
  try {
    switch (format) {
      case 'json':
      case 'jsonc':
        return parseJson(body);
      case 'toml':
        return { value: plain(parseToml(body, { integersAsBigInt: 'asNeeded' })) };
      case 'yaml':
        return parseYaml(body);
    }
  } catch (error) {
    if (error instanceof TomlError) return broken('TOML', error.line);
    if (error instanceof RangeError) return { problem: 'is nested too deep' };
    return { problem: `cannot be read as ${format}` };
  }
}

function parseJson(body: string): ParsedText {
  const errors: ParseError[] = [];
  const root = parseTree(body, errors, JSONC);
  const [first] = errors;
  if (first !== undefined) return broken('JSON', lineAt(body, first.offset));
  return { value: root === undefined ? undefined : toValue(root) };
}

function toValue(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(toValue);
  if (node.type !== 'object') return node.value;
  return toObject(
    (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
      key === undefined || value === undefined ? [] : [[key.value, toValue(value)]],
    ),
  );
}

/** TOML's tables come without a prototype; dates stay what they are. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return toObject(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** `fromEntries` defines, where assigning to a key `__proto__` would set the prototype. */
const toObject = (entries: readonly (readonly unknown[])[]): unknown =>
  Object.fromEntries(entries as [string, unknown][]);

function parseYaml(body: string): ParsedText {
  const lines = new LineCounter();
  const documents = parseAllDocuments(body, { lineCounter: lines, uniqueKeys: false });
  if (!Array.isArray(documents) || documents.length === 0) return { value: undefined };
  if (documents.length > 1) return { problem: 'holds more than one YAML document' };
  const [document] = documents;
  const error = document?.errors[0];
  if (error !== undefined) return broken('YAML', lines.linePos(error.pos[0]).line);
  return { value: document?.toJS() ?? undefined };
}

const broken = (kind: string, line: number): ParsedText => ({
  problem: `is not ${kind}: line ${line}`,
});

/** Counts from 1. */
const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
