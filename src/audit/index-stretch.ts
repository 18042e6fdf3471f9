import type { AuditEvent } from '../domain/event.ts';
import {
  fieldOf,
  MARKED_FIELDS,
  type MarkedField,
  NUMBER_FIELDS,
  type NumberField,
  numberOf,
  PRINTED_FIELDS,
  type PrintedField,
} from './event-fields.ts';
import { firstOf, Marks, STRETCH } from './event-marks.ts';

/** Which events of a stretch have a value. */
export interface MarkedValue {
  readonly field: MarkedField;
  readonly value: string;
  readonly marks: Marks;
}

/** One number for each event of a stretch. */
export interface Column {
  readonly field: PrintedField | NumberField;
  readonly numbers: Uint32Array;
}

/** What is kept of a stretch of events, so that questions need not read them. */
export interface StretchIndex {
  /** Sorted by field and value. */
  readonly values: readonly MarkedValue[];
  /** Only those that hold anything. */
  readonly columns: readonly Column[];
}

/** Makes the index of the events of one stretch. The same events always give the same. */
export function indexStretch(stretch: number, events: Iterable<AuditEvent>): StretchIndex {
  const indexer = new StretchIndexer(stretch);
  for (const event of events) indexer.add(event);
  return indexer.made();
}

/** As `indexStretch`, an event at a time: none is kept. */
export class StretchIndexer {
  readonly #first: number;
  readonly #marked = MARKED_FIELDS.map((field) => ({ field, marks: new Map<string, Marks>() }));
  readonly #printed = PRINTED_FIELDS.map((field) => ({ field, numbers: new Uint32Array(STRETCH) }));
  readonly #counted = NUMBER_FIELDS.map((field) => ({ field, numbers: new Uint32Array(STRETCH) }));

  constructor(stretch: number) {
    this.#first = firstOf(stretch);
  }

  add(event: AuditEvent): void {
    const place = event.seq - this.#first;
    if (place < 0 || place >= STRETCH) return;
    for (const { field, marks } of this.#marked) {
      const value = fieldOf(event, field);
      if (value === undefined) continue;
      const known = marks.get(value);
      if (known === undefined) marks.set(value, Marks.of(place));
      else known.add(place);
    }
    for (const { field, numbers } of this.#printed) {
      const value = fieldOf(event, field);
      if (value !== undefined) numbers[place] = fingerprint(value);
    }
    for (const { field, numbers } of this.#counted) numbers[place] = numberOf(event, field);
  }

  made(): StretchIndex {
    return {
      values: this.#marked.flatMap(({ field, marks: byValue }) =>
        [...byValue].sort(byText).map(([value, marks]) => ({ field, value, marks })),
      ),
      columns: [...this.#printed, ...this.#counted].filter(({ numbers }) =>
        numbers.some((number) => number !== 0),
      ),
    };
  }
}

/**
 * A number that stands for a text, never 0 (32-bit FNV-1a). Different texts may have the same: what it
 * finds is compared with the event itself.
 */
export function fingerprint(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  }
  return hash >>> 0 || 1;
}

const byText = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
