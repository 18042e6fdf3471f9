import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBrokerMetrics } from '../../src/telemetry/broker-metrics.ts';
import { exposition } from '../../src/telemetry/exposition.ts';
import { brokerGauges } from '../../src/telemetry/gauges.ts';
import { createCounter, createHistogram, gauge } from '../../src/telemetry/metric.ts';
import { samplesOf } from '../support/exposition.ts';

/** Names that a tool server or client might choose to break what they are shown in. */
const HOSTILE = [
  'quote" } 1\nfake_metric{x="y"} 2',
  'back\\slash\\',
  'line\nfeed\r\n# TYPE fake counter',
  '\u001b[31mred\u001b[0m',
  'right\u202eto left',
  '\ud800 alone',
  '\u0000',
  'x'.repeat(10_000),
];

describe('the text format', () => {
  it('is what it says in its documentation', () => {
    const calls = createCounter('calls_total', 'Calls.\nBack\\slash.', ['server', 'outcome']);
    calls.add({ server: 'files', outcome: 'ok' });
    calls.add({ server: 'files', outcome: 'ok' });
    const seconds = createHistogram('took_seconds', 'Took.', ['kind'], [0.1, 1]);
    for (const took of [0.05, 0.1, 0.5, 7]) seconds.observe({ kind: 'a' }, took);
    expect(
      exposition([calls, seconds, gauge('age', 'Age.', [{ labels: [], value: Infinity }])]),
    ).toBe(`# HELP calls_total Calls.\\nBack\\\\slash.
# TYPE calls_total counter
calls_total{server="files",outcome="ok"} 2
# HELP took_seconds Took.
# TYPE took_seconds histogram
took_seconds_bucket{kind="a",le="0.1"} 2
took_seconds_bucket{kind="a",le="1"} 3
took_seconds_bucket{kind="a",le="+Inf"} 4
took_seconds_sum{kind="a"} 7.65
took_seconds_count{kind="a"} 4
# HELP age Age.
# TYPE age gauge
age +Inf
`);
  });

  it('stays whole whatever a name says, and tells no series twice', () => {
    const calls = createCounter('calls_total', 'Calls.', ['server', 'tool', 'outcome']);
    const names = [...HOSTILE, 'a\u200b', 'a\u200c', 'a\u200d'];
    for (const tool of names) calls.add({ server: 's', tool, outcome: 'ok' });
    const samples = samplesOf(exposition([calls]));
    expect(samples.map(({ name }) => name)).toEqual(samples.map(() => 'calls_total'));
    expect(new Set(samples.map(({ labels }) => labels)).size).toBe(samples.length);
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(names.length);
    expect(samples.find(({ labels }) => labels.includes('tool="a\ufffd"'))?.value).toBe(3);
  });

  it('is bounded: beyond 4,000 series of one metric they are counted together', () => {
    const calls = createCounter('calls_total', 'Calls.', ['tool']);
    for (let at = 0; at < 9_000; at += 1) calls.add({ tool: `t${at}` });
    calls.add({ tool: 't0' });
    const samples = samplesOf(exposition([calls]));
    expect(samples).toHaveLength(4_001);
    expect(samples[0]?.value).toBe(2);
    expect(samples.at(-1)).toEqual({
      name: 'calls_total',
      labels: 'tool="_other"',
      value: 5_000,
    });
  });
});

describe('the metrics of a broker', () => {
  const readings = {
    version: '1.2.3',
    nodeVersion: '24.0.0',
    now: 61_000,
    callsInFlight: 2,
    toolServers: new Map([['files', 1]]),
    shipTargets: [{ id: 'a', key: 'audit.ship[0]' }],
    anchors: [{ id: 'b', key: 'audit.anchors[0]' }],
    spans: { sent: 1, dropped: 2 },
    process: { cpuSeconds: 1.5, residentBytes: 2, heapBytes: 1, startedAtSeconds: 3 },
  };
  const state = {
    sessions: 4,
    isHalted: true,
    headSeq: 100,
    checkpoint: { seq: 90, at: 1_000_000 },
    shipped: new Map([['a', 60]]),
    anchored: new Map<string, number>(),
    waiting: 5,
  };

  it('say how the state is', () => {
    const told = Object.fromEntries(
      samplesOf(exposition(brokerGauges({ ...readings, state }))).map(({ name, labels, value }) => [
        `${name}{${labels}}`,
        value,
      ]),
    );
    expect(told).toMatchObject({
      'toolgrant_build_info{version="1.2.3",node="24.0.0"}': 1,
      'toolgrant_state_readable{}': 1,
      'toolgrant_halted{}': 1,
      'toolgrant_sessions_active{}': 4,
      'toolgrant_tool_servers_running{server="files"}': 1,
      'toolgrant_commit_queue_length{}': 5,
      'toolgrant_audit_head{}': 100,
      'toolgrant_audit_unsigned_events{}': 10,
      'toolgrant_checkpoint_age_seconds{}': 60,
      'toolgrant_ship_lag_events{target="audit.ship[0]"}': 40,
      'toolgrant_anchor_lag_events{anchor="audit.anchors[0]"}': 100,
      'toolgrant_spans_dropped_total{}': 2,
    });
  });

  it('say that the state cannot be read, and nothing of it', () => {
    const samples = samplesOf(exposition(brokerGauges(readings)));
    expect(samples).toContainEqual({ name: 'toolgrant_state_readable', labels: '', value: 0 });
    expect(samples.map(({ name }) => name)).not.toContain('toolgrant_sessions_active');
  });

  it('have names that Prometheus takes, once each, and are documented', () => {
    const all = [...brokerGauges({ ...readings, state }), ...createBrokerMetrics().all];
    expect(all.length).toBeGreaterThan(20);
    const names = all.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, type, help } of all) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*[a-z0-9]$/);
      expect(help).not.toBe('');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    }
    const page = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
