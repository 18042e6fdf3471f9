import type { AuditEvent } from '../domain/event.ts';
import {
  MARKED_FIELDS,
  type MarkedField,
  NUMBER_FIELDS,
  type NumberField,
  numberOf,
  PRINTED_FIELDS,
  type PrintedField,
  readerOf,
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
  readonly #marked = MARKED_FIELDS.map((field) => new FieldMarks(field));
  readonly #printed = PRINTED_FIELDS.map((field) => ({
    field,
    read: readerOf(field),
    numbers: new Uint32Array(STRETCH),
  }));
  readonly #counted = NUMBER_FIELDS.map((field) => ({ field, numbers: new Uint32Array(STRETCH) }));

  constructor(stretch: number) {
    this.#first = firstOf(stretch);
  }

  add(event: AuditEvent): void {
    const place = event.seq - this.#first;
    if (place < 0 || place >= STRETCH) return;
    for (const marked of this.#marked) {
      const value = marked.read(event);
      if (value !== undefined) marked.of(value).add(place);
    }
    for (const { read, numbers } of this.#printed) {
      const value = read(event);
      if (value !== undefined) numbers[place] = fingerprint(value);
    }
    for (const { field, numbers } of this.#counted) numbers[place] = numberOf(event, field);
  }

  made(): StretchIndex {
    return {
      values: this.#marked.flatMap((marked) => marked.values()),
      columns: [...this.#printed, ...this.#counted].filter(({ numbers }) =>
        numbers.some((number) => number !== 0),
      ),
    };
  }
}

/** The marks of each value of a field. */
class FieldMarks {
  readonly field: MarkedField;
  readonly read: ReturnType<typeof readerOf>;
  readonly #byValue = new Map<string, Marks>();
  /** An event's value is mostly that of the one before. */
  #last: { readonly value: string; readonly marks: Marks } | undefined;

  constructor(field: MarkedField) {
    this.field = field;
    this.read = readerOf(field);
  }

  of(value: string): Marks {
    if (this.#last?.value === value) return this.#last.marks;
    const marks = this.#byValue.get(value) ?? Marks.none();
    this.#byValue.set(value, marks);
    this.#last = { value, marks };
    return marks;
  }

  /** Sorted by value. */
  values(): readonly MarkedValue[] {
    const { field } = this;
    return [...this.#byValue].sort(byText).map(([value, marks]) => ({ field, value, marks }));
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
