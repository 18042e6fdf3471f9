import { type Counter, createCounter, createHistogram, type Metric } from './metric.ts';

/** Those that the conventions advise for an operation of MCP, seconds. */
const OPERATION = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] as const;
/** The broker's own parts take far less. */
const OWN = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5,
] as const;

/** What is counted while the broker works. */
export interface BrokerMetrics {
  readonly requests: ReturnType<typeof operations>['server'];
  readonly toolServers: ReturnType<typeof operations>['client'];
  readonly decisions: ReturnType<typeof createHistogram<never>>;
  readonly commits: ReturnType<typeof createHistogram<'kind'>>;
  readonly commitFailures: Counter<'kind'>;
  readonly calls: Counter<'server' | 'tool' | 'outcome'>;
  readonly refusals: Counter<'server' | 'reason'>;
  readonly unauthenticated: Counter<'reason'>;
  readonly events: Counter<'code'>;
  /** All of them, in the order they are shown. */
  readonly all: readonly Metric[];
}

/** Named and measured as `mcp.server.operation.duration` and `mcp.client.operation.duration` are. */
const operations = () => ({
  server: createHistogram(
    'mcp_server_operation_duration_seconds',
    'Requests of clients, from received to answered.',
    ['mcp_method_name', 'network_transport', 'error_type'],
    OPERATION,
  ),
  client: createHistogram(
    'mcp_client_operation_duration_seconds',
    'Requests to tool servers, from sent to answered.',
    ['server', 'mcp_method_name', 'error_type'],
    OPERATION,
  ),
});

/** Makes the metrics of one broker, all at zero. */
export function createBrokerMetrics(): BrokerMetrics {
  const { server: requests, client: toolServers } = operations();
  const metrics = {
    requests,
    toolServers,
    decisions: createHistogram<never>(
      'toolgrant_decision_duration_seconds',
      'Decisions on uses; the first use of a tool server never seen starts it.',
      [],
      OWN,
    ),
    commits: createHistogram(
      'toolgrant_commit_duration_seconds',
      'Appends to the audit, from asked to durable, by what was appended.',
      ['kind'],
      OWN,
    ),
    commitFailures: createCounter(
      'toolgrant_commit_failures_total',
      'Appends to the audit that failed: calls are refused, or their results withheld.',
      ['kind'],
    ),
    calls: createCounter(
      'toolgrant_calls_total',
      'Uses that were admitted and have ended, by outcome.',
      ['server', 'tool', 'outcome'],
    ),
    refusals: createCounter('toolgrant_refusals_total', 'Requests that were refused, by reason.', [
      'server',
      'reason',
    ]),
    unauthenticated: createCounter(
      'toolgrant_authentication_failures_total',
      'Credentials that were refused, by reason.',
      ['reason'],
    ),
    events: createCounter(
      'toolgrant_audit_events_total',
      'Events of calls that this broker has appended to the audit, by code.',
      ['code'],
    ),
  };
  return { ...metrics, all: Object.values(metrics) };
}
