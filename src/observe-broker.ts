import type { Answering } from './answer/answering.ts';
import type { Broker, BrokerReply } from './domain/broker.ts';
import type { Clock } from './domain/clock.ts';
import { errorCode } from './domain/errors.ts';
import { METHODS } from './methods.ts';
import type { BrokerMetrics } from './telemetry/broker-metrics.ts';
import { contextIn, withContext } from './telemetry/carried-context.ts';
import { errorType, OTHER } from './telemetry/error-type.ts';
import { requestAttributes, transportOf } from './telemetry/mcp-attributes.ts';
import type { Tracer } from './telemetry/tracer.ts';

/** Those who watch; either may be absent. */
export interface Watchers {
  readonly tracer?: Tracer;
  readonly metrics?: BrokerMetrics;
  readonly clock: Clock;
}

/**
 * Measures each request, and traces it: the client's trace context is continued, and what goes on through
 * the broker carries the span of this request in its place.
 */
export const observeBroker = (broker: Broker, { tracer, metrics, clock }: Watchers): Broker => ({
  ...broker,

  async authenticate(credential, origin) {
    const answer = await broker.authenticate(credential, origin);
    if (answer.kind === 'refused') metrics?.unauthenticated.add({ reason: answer.reason });
    return answer;
  },

  noteRefusal(origin, reason, principal) {
    // One with a principal is counted where it is recorded.
    if (principal === undefined) metrics?.refusals.add({ server: '', reason });
    return broker.noteRefusal(origin, reason, principal);
  },

  async handle(incoming) {
    const { request, era, origin } = incoming;
    const method = Object.hasOwn(METHODS[era], request.method) ? request.method : OTHER;
    const startedMs = clock.monotonicMs();
    const span = tracer?.begin(
      contextIn(request.params),
      'server',
      method,
      requestAttributes(incoming, method),
    );
    let error: string | undefined;
    try {
      const traced =
        span === undefined
          ? incoming
          : {
              ...incoming,
              request: { ...request, params: withContext(request.params, span.context) },
            };
      const reply: BrokerReply = await broker.handle(traced);
      error = errorType(reply);
      return reply;
    } catch (thrown) {
      error = errorCode(thrown);
      throw thrown;
    } finally {
      metrics?.requests.observe(
        {
          mcp_method_name: method,
          network_transport: transportOf(origin.transport),
          error_type: error ?? '',
        },
        (clock.monotonicMs() - startedMs) / 1_000,
      );
      span?.end(error);
    }
  },
});

/** Measures the decision on each use. */
export const observeDecisions = (
  answering: Answering,
  { metrics, clock }: Watchers,
): Answering => ({
  ...answering,
  decideUse(incoming, use) {
    const startedMs = clock.monotonicMs();
    try {
      return answering.decideUse(incoming, use);
    } finally {
      metrics?.decisions.observe({}, (clock.monotonicMs() - startedMs) / 1_000);
    }
  },
  async decideFirstUse(incoming, use) {
    const startedMs = clock.monotonicMs();
    try {
      return await answering.decideFirstUse(incoming, use);
    } finally {
      metrics?.decisions.observe({}, (clock.monotonicMs() - startedMs) / 1_000);
    }
  },
});
