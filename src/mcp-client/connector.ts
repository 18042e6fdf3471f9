import { systemTimers, type Timers } from '../dispatch/timers.ts';
import type {
  ConnectionEvents,
  ToolServerConnection,
  ToolServerConnector,
  ToolServerSpec,
} from '../dispatch/tool-server.ts';
import type { ListKind } from '../domain/broker.ts';
import { BrokerError, errorCode } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { Channel } from './channel.ts';
import { type LiveConnection, openConnection } from './connection.ts';
import { hasOwnSay } from './handshake.ts';
import { openHttpChannel } from './http-channel.ts';
import { type Negotiation, negotiateHttp, negotiateStdio } from './negotiate.ts';
import { openStdioChannel } from './stdio-channel.ts';

/** What the connector needs from whoever composes the broker. */
export interface ConnectorOptions {
  /** Toolgrant's version, told to tool servers. */
  readonly version: string;
  /** Takes one readable line of a tool server's diagnostics, or about its behaviour. Never trusted. */
  readonly log: (server: string, line: string) => void;
  /** Never to be logged, whatever a tool server writes: every resolved secret of the configuration. */
  readonly secrets: readonly string[];
  /** Takes known secrets out of what a tool server says of itself, before anything else sees it. */
  readonly scrub?: <T extends Json>(value: T) => T;
  readonly timers?: Timers;
  /** Stands in for the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** Makes the connector to tool servers over stdio and Streamable HTTP, of both eras. */
export function createToolServerConnector(options: ConnectorOptions): ToolServerConnector {
  const { version, secrets, timers = systemTimers } = options;
  const told = { version, scrub: options.scrub ?? ((value) => value) };

  async function open(
    spec: ToolServerSpec,
    events: ConnectionEvents,
    negotiation: Negotiation,
    gate: { readonly check: () => void; readonly opened: (channel: Channel) => void },
  ): Promise<ToolServerConnection> {
    const { capabilities: shown } = negotiation;
    let connection: LiveConnection | undefined;
    const changedEarly = new Set<ListKind>();
    const ownEvents: ConnectionEvents = {
      ...events,
      onListChanged(kind) {
        if (connection === undefined) changedEarly.add(kind);
        else if (connection.markStale(kind)) events.onListChanged(kind);
      },
    };
    const log = (line: string): void => options.log(spec.name, line);
    const heard = { shown, timers, events: ownEvents };
    const tellLate = (live: LiveConnection): void => {
      for (const kind of changedEarly) if (live.markStale(kind)) events.onListChanged(kind);
    };
    if (spec.kind === 'http') {
      const deps = { timers, version, fetch: options.fetch ?? fetch };
      const channel = openHttpChannel(spec, ownEvents, deps);
      gate.opened(channel);
      const handshake = await negotiateHttp(channel, negotiation);
      if (handshake.era === '2025' && hasOwnSay(handshake, shown)) channel.followServer();
      connection = await openConnection(spec, channel, handshake, { ...told, log, ...heard });
      tellLate(connection);
      return connection;
    }
    const start = (): Channel => {
      gate.check();
      const channel = openStdioChannel(spec, ownEvents, { timers, secrets, log });
      gate.opened(channel);
      return channel;
    };
    const { channel, handshake } = await negotiateStdio(start, { ...negotiation, timers });
    connection = await openConnection(spec, channel, handshake, { ...told, log, ...heard });
    tellLate(connection);
    return connection;
  }

  return {
    async connect(spec, events, { knownEra, signal, capabilities }) {
      const negotiation: Negotiation = {
        server: spec.name,
        version,
        timeoutMs: spec.startTimeoutMs,
        capabilities,
        ...(knownEra === undefined ? {} : { knownEra }),
      };
      let channel: Channel | undefined;
      let ending: BrokerError | undefined;
      const giveUp = (error: BrokerError): void => {
        ending ??= error;
        channel?.fail(ending);
      };
      const onAbort = (): void =>
        giveUp(new BrokerError('ERR_SERVER_CLOSED', `the start of ${spec.name} was given up`));
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      const cancelTimer = timers.after(spec.startTimeoutMs, () =>
        giveUp(
          new BrokerError(
            'ERR_SERVER_TIMEOUT',
            `tool server ${spec.name} was not ready in ${spec.startTimeoutMs} ms`,
          ),
        ),
      );
      try {
        const check = (): void => {
          if (ending !== undefined) throw ending;
        };
        check();
        const opened = (opening: Channel): void => {
          channel = opening;
        };
        const connection = await open(spec, events, negotiation, { check, opened });
        check();
        return connection;
      } catch (error) {
        void channel?.close();
        if (ending !== undefined) throw ending;
        if (errorCode(error) !== 'ERR_SERVER_CLOSED') throw error;
        throw new BrokerError(
          'ERR_SERVER_START',
          `tool server ${spec.name} ended before it was ready`,
          {
            cause: error,
            hint: 'its last words are in the log',
          },
        );
      } finally {
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}
