/** A place in a file: line and column from 1, columns in UTF-16 code units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A YAML value that means what it says, and where it says it. */
export type YamlNode = YamlScalar | YamlList | YamlMapping;

/** A text, number or boolean. */
export interface YamlScalar {
  readonly kind: 'scalar';
  readonly at: Place;
  readonly value: string | number | boolean;
  /** As written, without quotes. */
  readonly source: string;
  /** Columns of quoting before the text; `undefined` when text and file do not run in step. */
  readonly quoted: number | undefined;
}

/** A sequence. */
export interface YamlList {
  readonly kind: 'list';
  readonly at: Place;
  readonly items: readonly YamlNode[];
}

/** A mapping; keys are texts, without repeats. */
export interface YamlMapping {
  readonly kind: 'mapping';
  readonly at: Place;
  readonly entries: readonly YamlEntry[];
}

/** One key of a mapping and its value. */
export interface YamlEntry {
  readonly key: string;
  readonly at: Place;
  readonly value: YamlNode;
}

/** Where a place in a text is in its file; where the text begins when the two do not run in step. */
export const placeIn = ({ at, quoted }: YamlScalar, offset: number): Place => ({
  line: at.line,
  column: at.column + (quoted === undefined ? 0 : quoted + offset),
});

/** The value as JSON would hold it. */
export function plainValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainValue);
    case 'mapping':
      // `fromEntries` makes own members, so a key `__proto__` is a key.
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainValue(value)]));
  }
}

/** The node at a path of keys and indexes, or the nearest one above it. */
export function nodeAt(node: YamlNode, path: readonly PropertyKey[]): YamlNode {
  let current = node;
  for (const step of path) {
    const next =
      current.kind === 'mapping'
        ? entry(current, String(step))?.value
        : current.kind === 'list'
          ? current.items[Number(step)]
          : undefined;
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

/** The entry of a key. */
export const entry = (mapping: YamlMapping, key: string): YamlEntry | undefined =>
  mapping.entries.find((each) => each.key === key);
