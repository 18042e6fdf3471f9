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
  const first = firstOf(stretch);
  const byField = new Map(MARKED_FIELDS.map((field) => [field, new Map<string, Marks>()]));
  const fields = [...PRINTED_FIELDS, ...NUMBER_FIELDS];
  const columns = new Map(fields.map((field) => [field, new Uint32Array(STRETCH)]));
  for (const event of events) {
    const place = event.seq - first;
    if (place < 0 || place >= STRETCH) continue;
    for (const [field, marked] of byField) {
      const value = fieldOf(event, field);
      if (value === undefined) continue;
      const marks = marked.get(value) ?? Marks.none();
      marks.add(place);
      marked.set(value, marks);
    }
    for (const field of PRINTED_FIELDS) {
      const value = fieldOf(event, field);
      const column = columns.get(field);
      if (value !== undefined && column !== undefined) column[place] = fingerprint(value);
    }
    for (const field of NUMBER_FIELDS) {
      const column = columns.get(field);
      if (column !== undefined) column[place] = numberOf(event, field);
    }
  }
  return {
    values: [...byField].flatMap(([field, marked]) =>
      [...marked].sort(byText).map(([value, marks]) => ({ field, value, marks })),
    ),
    columns: [...columns]
      .filter(([, numbers]) => numbers.some((number) => number !== 0))
      .map(([field, numbers]) => ({ field, numbers })),
  };
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
