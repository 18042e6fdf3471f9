import type { AuditEvent } from '../domain/event.ts';
import { EVENT_CODES } from '../domain/event-codes.ts';
import { parseTraceContext } from '../domain/trace-context.ts';
import { EVENT_FIELDS, fieldOf } from './event-fields.ts';

/** SeverityNumber of the OpenTelemetry log data model. */
const INFO = 9;
const WARN = 13;

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });

/**
 * Events as an OTLP `ExportLogsServiceRequest`, in its JSON form: the event as it is hashed is the body,
 * what can be asked for in `audit query` are attributes under `toolgrant.`.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export const otlpLogs = (events: readonly AuditEvent[], version: string): unknown => ({
  resourceLogs: [
    {
      resource: {
        attributes: [text('service.name', 'toolgrant'), text('service.version', version)],
      },
      scopeLogs: [{ scope: { name: 'toolgrant.audit' }, logRecords: events.map(logRecord) }],
    },
  ],
});

function logRecord(event: AuditEvent): unknown {
  const isRefused = event.decision === 'deny' || event.code === 'TG2001';
  // Not as a number: nanoseconds since the epoch are beyond what a number holds exactly.
  const nanos = String(BigInt(event.at) * 1_000n);
  return {
    timeUnixNano: nanos,
    observedTimeUnixNano: nanos,
    severityNumber: isRefused ? WARN : INFO,
    severityText: isRefused ? 'WARN' : 'INFO',
    eventName: `toolgrant.${EVENT_CODES[event.code]}`,
    body: { stringValue: JSON.stringify(event) },
    attributes: [
      { key: 'toolgrant.seq', value: { intValue: String(event.seq) } },
      text('toolgrant.hash', event.hash),
      ...EVENT_FIELDS.flatMap((field) => {
        const value = fieldOf(event, field);
        return value === undefined ? [] : [text(`toolgrant.${field}`, value)];
      }),
    ],
    ...traceOf(event.trace),
  };
}

/** Trace and span of a `traceparent`. */
function traceOf(trace: string | undefined): object {
  const context = parseTraceContext(trace);
  return context === undefined ? {} : { traceId: context.traceId, spanId: context.spanId };
}
