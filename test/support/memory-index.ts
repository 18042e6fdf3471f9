import type { EventIndex } from '../../src/audit/event-index.ts';
import { stretchOf } from '../../src/audit/event-marks.ts';
import { indexStretch } from '../../src/audit/index-stretch.ts';
import type { AuditEvent } from '../../src/domain/event.ts';

/** An index of events in memory. */
export function memoryIndex(events: readonly AuditEvent[]): EventIndex {
  const last = stretchOf(Math.max(1, ...events.map(({ seq }) => seq)));
  const stretches = Array.from({ length: last + 1 }, (_, at) => indexStretch(at, events));
  const between = (from: number, to: number) =>
    [...stretches.entries()].filter(([stretch]) => stretch >= from && stretch <= to);
  return {
    marked: (field, value, from, to) =>
      new Map(
        between(from, to).flatMap(([stretch, { values }]) =>
          values
            .filter((item) => item.field === field && item.value === value)
            .map(({ marks }) => [stretch, marks] as const),
        ),
      ),
    column: (field, from, to) =>
      new Map(
        between(from, to).flatMap(([stretch, { columns }]) =>
          columns
            .filter((item) => item.field === field)
            .map(({ numbers }) => [stretch, numbers] as const),
        ),
      ),
    values: (field) => [
      ...new Set(
        stretches.flatMap(({ values }) =>
          values.filter((item) => item.field === field).map(({ value }) => value),
        ),
      ),
    ],
  };
}
