import type { JsonObject } from '../domain/json.ts';

/** One contiguous change: everything before and after it stays, byte for byte. */
export interface Splice {
  readonly at: number;
  readonly removed: string;
  readonly inserted: string;
}

/** Where an entry is: the object's key path, and the entry's name in it. */
export interface EntryPath {
  readonly key: readonly string[];
  readonly name: string;
}

/**
 * Edits the text of one format, without a byte order mark. Pure: text in, text out. What the result
 * means is checked by whoever asks, with a parser, before it is written.
 *
 * Methods throw `CannotEdit` where a text is one that they could only guess at.
 */
export interface TextEditor {
  /** Adds an entry that is not there. */
  insert(body: string, path: EntryPath, value: JsonObject): Splice;
  /** Adds an entry as `rawOf` gave it; its value, where that spelling does not fit. */
  insertRaw(body: string, path: EntryPath, raw: string, value: unknown): Splice;
  /** Takes an entry out, with the separators that were its own. Candidates, the tidiest first. */
  remove(body: string, path: EntryPath): readonly string[];
  /** An entry as written; `undefined` when there is none, or its spelling fits nowhere else. */
  rawOf(body: string, path: EntryPath): string | undefined;
}

/** A text we do not edit; the message finishes "the file …" and holds nothing of it but key names. */
export class CannotEdit extends Error {}

/** A text with a splice made. */
export const spliced = (body: string, { at, removed, inserted }: Splice): string =>
  body.slice(0, at) + inserted + body.slice(at + removed.length);

/** How a text ends its lines. */
export const newlineOf = (body: string): '\r\n' | '\n' =>
  /\r?\n/.exec(body)?.[0] === '\r\n' ? '\r\n' : '\n';

/** The start of the line an offset is on. */
export const lineStart = (body: string, offset: number): number =>
  body.lastIndexOf('\n', offset - 1) + 1;

/** The white space a line starts with. */
export const indentAt = (body: string, offset: number): string =>
  /[ \t]*/y.exec(body.slice(lineStart(body, offset)))?.[0] ?? '';
