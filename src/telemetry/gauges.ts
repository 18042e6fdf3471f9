import { gauge, type Metric, type Sample } from './metric.ts';
import type { StateReadings } from './state-readings.ts';

/** A place that is sent to: its id in the state, and where the configuration names it. */
export interface SentPlace {
  readonly id: string;
  readonly key: string;
}

/** What the broker knows of itself at one moment. */
export interface BrokerReadings {
  readonly version: string;
  readonly nodeVersion: string;
  /** Absent when the state cannot be read. */
  readonly state?: StateReadings;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly callsInFlight: number;
  /** Tool servers connected to, by name. */
  readonly toolServers: ReadonlyMap<string, number>;
  readonly shipTargets: readonly SentPlace[];
  readonly anchors: readonly SentPlace[];
  readonly spans: { readonly sent: number; readonly dropped: number };
  /** Of this process: seconds of processor time, bytes, epoch seconds. */
  readonly process: {
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    readonly heapBytes: number;
    readonly startedAtSeconds: number;
  };
}

const one = (value: number): readonly Sample[] => [{ labels: [], value }];

/** What is asked for, not counted. Gauges of a state that cannot be read are left out. */
export function brokerGauges(of: BrokerReadings): readonly Metric[] {
  const { state, process } = of;
  return [
    gauge('toolgrant_build_info', 'Versions, always 1.', [
      {
        labels: [
          ['version', of.version],
          ['node', of.nodeVersion],
        ],
        value: 1,
      },
    ]),
    gauge(
      'toolgrant_state_readable',
      'Whether the state can be read; without it every call is refused.',
      one(state === undefined ? 0 : 1),
    ),
    gauge('toolgrant_calls_in_flight', 'Uses admitted and not yet ended.', one(of.callsInFlight)),
    gauge(
      'toolgrant_tool_servers_running',
      'Connections to tool servers, by server.',
      [...of.toolServers].map(([server, value]) => ({ labels: [['server', server]], value })),
    ),
    ...(state === undefined ? [] : stateGauges(state, of)),
    gauge('toolgrant_spans_sent_total', 'Spans taken.', one(of.spans.sent), 'counter'),
    gauge('toolgrant_spans_dropped_total', 'Spans lost.', one(of.spans.dropped), 'counter'),
    gauge(
      'process_cpu_seconds_total',
      'Processor time of the broker, without its tool servers.',
      one(process.cpuSeconds),
      'counter',
    ),
    gauge('process_resident_memory_bytes', 'Resident memory.', one(process.residentBytes)),
    gauge('nodejs_heap_used_bytes', 'JavaScript heap in use.', one(process.heapBytes)),
    gauge(
      'process_start_time_seconds',
      'When the broker started, seconds since the epoch.',
      one(process.startedAtSeconds),
    ),
  ];
}

function stateGauges(state: StateReadings, of: BrokerReadings): readonly Metric[] {
  const { headSeq, checkpoint } = state;
  const behind = (label: string, places: readonly SentPlace[], at: ReadonlyMap<string, number>) =>
    places.map(
      ({ id, key }): Sample => ({
        labels: [[label, key]],
        value: Math.max(0, headSeq - (at.get(id) ?? 0)),
      }),
    );
  return [
    gauge('toolgrant_halted', 'Whether an admin ordered a halt.', one(state.isHalted ? 1 : 0)),
    gauge('toolgrant_sessions_active', 'Sessions that may be used.', one(state.sessions)),
    gauge('toolgrant_commit_queue_length', 'Appends that wait.', one(state.waiting)),
    gauge('toolgrant_audit_head', 'Sequence number of the newest event.', one(headSeq)),
    gauge(
      'toolgrant_audit_unsigned_events',
      'Events after the newest checkpoint.',
      one(headSeq - (checkpoint?.seq ?? 0)),
    ),
    gauge(
      'toolgrant_checkpoint_age_seconds',
      'Since the newest event that a checkpoint covers; absent while there is none.',
      checkpoint === undefined ? [] : one(Math.max(0, of.now - checkpoint.at / 1_000) / 1_000),
    ),
    gauge(
      'toolgrant_anchor_lag_events',
      'Events that no checkpoint at this anchor covers.',
      behind('anchor', of.anchors, state.anchored),
    ),
    gauge(
      'toolgrant_ship_lag_events',
      'Events that `audit ship` has not sent to this place.',
      behind('target', of.shipTargets, state.shipped),
    ),
  ];
}
