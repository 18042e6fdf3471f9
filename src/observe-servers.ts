import type {
  ToolServerConnection,
  ToolServerConnector,
  ToolServerSpec,
} from './dispatch/tool-server.ts';
import { errorCode } from './domain/errors.ts';
import type { Watchers } from './observe-broker.ts';
import { contextIn, withContext } from './telemetry/carried-context.ts';
import { errorType } from './telemetry/error-type.ts';
import { hopAttributes, namesOf, spanName } from './telemetry/mcp-attributes.ts';

/**
 * Measures each request to a tool server, and traces it: a span of its own within that of the client's
 * request, which is what the tool server continues. What was not sent is not measured.
 *
 * @param running counts connections, by server.
 */
export const observeConnector = (
  connector: ToolServerConnector,
  watchers: Watchers,
  running: Map<string, number>,
): ToolServerConnector => ({
  async connect(spec, events, options) {
    const connection = await connector.connect(spec, events, options);
    const count = (by: number) =>
      void running.set(spec.name, Math.max(0, (running.get(spec.name) ?? 0) + by));
    count(1);
    void connection.closed.then(() => count(-1));
    return observed(connection, spec, watchers);
  },
});

const observed = (
  connection: ToolServerConnection,
  spec: Pick<ToolServerSpec, 'name' | 'kind'>,
  { tracer, metrics, clock }: Watchers,
): ToolServerConnection => ({
  get offer() {
    return connection.offer;
  },
  closed: connection.closed,
  async call(receipt, params, hooks) {
    const { method, target, seq } = receipt;
    const startedMs = clock.monotonicMs();
    const hop = tracer?.begin(
      contextIn(params),
      'client',
      spanName(method, namesOf(target)),
      hopAttributes({
        ...{ server: spec.name, transport: spec.kind, target, method, seq },
        revision: connection.offer.revision,
      }),
    );
    let error: string | undefined;
    try {
      const sent = hop === undefined ? params : withContext(params, hop.context);
      const reply = await connection.call(receipt, sent, hooks);
      error = errorType(reply);
      return reply;
    } catch (thrown) {
      error = errorCode(thrown);
      throw thrown;
    } finally {
      if (error !== 'not_sent') {
        metrics?.toolServers.observe(
          { server: spec.name, mcp_method_name: method, error_type: error ?? '' },
          (clock.monotonicMs() - startedMs) / 1_000,
        );
        hop?.end(error);
      }
    }
  },
  unsubscribe: (uri) => connection.unsubscribe(uri),
  cancelTask: (taskId, capabilities) => connection.cancelTask(taskId, capabilities),
  refresh: () => connection.refresh(),
  close: () => connection.close(),
});
