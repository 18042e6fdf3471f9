import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml';
import { quoteHint } from './quote-hint.ts';
import type { Place, YamlEntry, YamlNode } from './yaml-nodes.ts';

/** Something a strict reading refuses, at a place in the text. */
export interface YamlProblem extends Place {
  readonly message: string;
  readonly hint?: string;
}

/** Largest text read, UTF-8 bytes. */
export const MAX_YAML_BYTES = 256 * 1024;

const MAX_DEPTH = 32;

const MAX_PROBLEMS = 100;

/**
 * Characters that make a text look other than it is: controls, line ends only some readers know,
 * marks that reorder what is shown, tag characters, what stands for broken encoding. Whoever reviews a
 * grant must see what it says.
 */
const DECEIVING =
  /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\u{FEFF}\u{FFFD}\u{E0000}-\u{E007F}]/u;

/**
 * Reads one YAML 1.2 document strictly, so that nothing in it means other than it looks: tags,
 * anchors, aliases, merge keys, directives, repeated keys, empty values and whatever the parser
 * warns of are problems, with a hint to quote where that is what is missing.
 */
export function readYaml(
  text: string,
):
  | { readonly ok: true; readonly node: YamlNode }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] } {
  // No UTF-8 form is shorter than the text's length, so the cheap check comes first.
  if (text.length > MAX_YAML_BYTES || Buffer.byteLength(text) > MAX_YAML_BYTES) {
    return refused({ line: 1, column: 1, message: `larger than ${MAX_YAML_BYTES / 1024} KiB` });
  }
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const deceiving = DECEIVING.exec(plain);
  if (deceiving !== null) {
    const code = (deceiving[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return refused({
      ...placeIn(plain, deceiving.index),
      message: `character U+${code} makes the file look other than it is`,
      hint: 'remove it',
    });
  }
  return new StrictReader(plain).read();
}

function refused(problem: YamlProblem): { ok: false; problems: readonly YamlProblem[] } {
  return { ok: false, problems: [problem] };
}

function placeIn(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** What to do about it, in words or made from the line it is on. */
type Hint = string | ((line: string) => string | undefined);

interface Found {
  readonly at: Place;
  readonly offset: number;
  readonly message: string;
  readonly hint: Hint | undefined;
}

class StrictReader {
  readonly #text: string;
  readonly #lines = new LineCounter();
  /** The first on each line: one mistake upsets the parser several times. */
  readonly #problems = new Map<number, Found>();

  constructor(text: string) {
    this.#text = text;
  }

  read(): ReturnType<typeof readYaml> {
    const documents = parseAllDocuments(this.#text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      // Checked here instead: the parser compares every key with every other.
      uniqueKeys: false,
      lineCounter: this.#lines,
      prettyErrors: false,
      logLevel: 'silent',
    });
    const [document, second] = Array.isArray(documents) ? documents : [];
    if (document === undefined || document.contents === null) {
      if (document === undefined || document.errors.length === 0) {
        return refused({ line: 1, column: 1, message: 'the file is empty' });
      }
    }
    if (second !== undefined) {
      const at = second.contents?.range?.[0] ?? second.range[0];
      this.#add(at, 'the file holds more than one document', 'one grant, one file');
    }
    this.#checkDirectives(document);
    for (const found of [...document.errors, ...document.warnings]) {
      const isTag = found.code === 'TAG_RESOLVE_FAILED';
      this.#add(found.pos[0], isTag ? TAG : lowerFirst(found.message), quoteHint);
    }
    const node = this.#node(document.contents, 0);
    if (this.#problems.size === 0 && node !== undefined) return { ok: true, node };
    return { ok: false, problems: this.#told() };
  }

  #checkDirectives(document: Document.Parsed): void {
    const { yaml, tags } = document.directives;
    if (yaml.explicit === true || Object.keys(tags).some((handle) => handle !== '!!')) {
      this.#add(0, 'directives (`%…`) are not read');
    }
  }

  #node(node: Node | null, depth: number): YamlNode | undefined {
    if (node === null) return undefined;
    const offset = node.range?.[0] ?? 0;
    if (depth > MAX_DEPTH) return this.#add(offset, 'nested too deeply');
    if (isAlias(node)) return this.#add(offset, ALIAS, quoteHint);
    if (node.tag !== undefined) {
      const tag = this.#before(offset, '!');
      return this.#add(tag, TAG, quoteHint);
    }
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
      const anchor = this.#before(offset, '&');
      return this.#add(anchor, '`&` makes this an anchor', quoteHint);
    }
    const at = this.#at(offset);
    if (isSeq<Node | null>(node)) {
      const items = node.items.map((item) => this.#value(item, offset, depth));
      return { kind: 'list', at, items: items.filter((item) => item !== undefined) };
    }
    if (isMap<Node, Node | null>(node)) {
      const entries: YamlEntry[] = [];
      const seen = new Set<string>();
      for (const { key, value } of node.items) {
        const found = this.#entry(key, value, depth);
        if (found === undefined) continue;
        if (seen.has(found.key))
          this.#add(key.range?.[0] ?? offset, `\`${found.key}\` is repeated`);
        seen.add(found.key);
        entries.push(found);
      }
      return { kind: 'mapping', at, entries };
    }
    if (!isScalar(node)) return this.#add(offset, 'not a value');
    const { value } = node;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return this.#add(offset, 'empty value', LEAVE_OUT);
    }
    const raw = this.#text.slice(offset, node.range?.[1]);
    const source = node.source ?? String(value);
    const quoted = raw === source ? 0 : raw.slice(1, -1) === source ? 1 : undefined;
    return { kind: 'scalar', at, value, source, quoted };
  }

  #entry(key: Node, value: Node | null, depth: number): YamlEntry | undefined {
    const offset = key.range?.[0] ?? 0;
    const name = this.#node(key, depth + 1);
    if (name === undefined) return undefined;
    if (name.kind !== 'scalar' || typeof name.value !== 'string') {
      return this.#add(offset, 'a key must be text');
    }
    if (name.value === '<<') return this.#add(offset, '`<<` is a merge key');
    const found = this.#value(value, offset, depth, name.value);
    return found === undefined ? undefined : { key: name.value, at: name.at, value: found };
  }

  #value(node: Node | null, offset: number, depth: number, key?: string): YamlNode | undefined {
    const isEmpty =
      node === null || (isScalar(node) && node.value === null && node.tag === undefined);
    if (!isEmpty) return this.#node(node, depth + 1);
    return this.#add(
      offset,
      key === undefined ? 'empty value' : `\`${key}\` has no value`,
      (line) => quoteHint(line) ?? LEAVE_OUT,
    );
  }

  #add(offset: number, message: string, hint?: Hint): undefined {
    const at = this.#at(offset);
    const known = this.#problems.get(at.line);
    if (known === undefined || at.column < known.at.column) {
      this.#problems.set(at.line, { at, offset, message, hint });
    }
  }

  #told(): readonly YamlProblem[] {
    const found = [...this.#problems.values()].sort((a, b) => a.at.line - b.at.line);
    return found.slice(0, MAX_PROBLEMS).map(({ at, offset, message, hint: given }) => {
      const hint = typeof given === 'function' ? given(this.#line(offset)) : given;
      return { ...at, message, ...(hint === undefined ? {} : { hint }) };
    });
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** Where the mark is that stands before a value: the parser keeps only the value's own place. */
  #before(offset: number, mark: '!' | '&'): number {
    let at = this.#text.lastIndexOf(mark, offset);
    while (at > 0 && this.#text[at - 1] === mark) at -= 1;
    return Math.max(at, 0);
  }

  #line(offset: number): string {
    const from = offset === 0 ? 0 : this.#text.lastIndexOf('\n', offset - 1) + 1;
    const to = this.#text.indexOf('\n', offset);
    return this.#text.slice(from, to === -1 ? undefined : to);
  }
}

const LEAVE_OUT = 'leave it out, or write the value in quotes';
const ALIAS = '`*` at the start makes this an alias';
const TAG = '`!` at the start makes this a tag';

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
