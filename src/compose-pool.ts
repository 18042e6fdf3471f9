import { dirname } from 'node:path';
import type { OpenState } from './compose.ts';
import { createPool, type Pool, type PoolEvent, type PoolOptions } from './dispatch/pool.ts';
import type { ToolServerSpec } from './dispatch/tool-server.ts';
import type { ServerOffer } from './domain/catalog-record.ts';
import { errorCode } from './domain/errors.ts';
import type { EventDraft } from './domain/event.ts';
import type { Json } from './domain/json.ts';
import { createToolServerConnector } from './mcp-client/connector.ts';
import type { NewsHub } from './news-hub.ts';
import type { Telemetry } from './open-telemetry.ts';

/** Puts the connections to tool servers together. Nothing is started. */
export function composePool(
  { config, context, log, stores }: OpenState,
  parts: {
    readonly version: string;
    readonly scrub: <T extends Json>(value: T) => T;
    readonly telemetry: Pick<Telemetry, 'connector'>;
    readonly onAsk: PoolOptions['onAsk'];
    /** Asked before a tool server is started. @throws BrokerError for one that is not to be. */
    readonly assertSame: (server: string) => Promise<void>;
    /** Takes note of what a tool server offers. */
    readonly observe: (server: string, offer: ServerOffer) => Promise<void>;
    readonly news: Pick<NewsHub, 'channels' | 'said' | 'look' | 'takenAway'>;
  },
): Pool {
  const { news } = parts;
  const connector = parts.telemetry.connector(
    createToolServerConnector({
      version: parts.version,
      secrets: config.secrets,
      scrub: parts.scrub,
      log: (server, line) => log.info({ server }, line),
    }),
  );
  return createPool({
    connector: {
      async connect(spec, ...how) {
        await parts.assertSame(spec.name);
        return connector.connect(spec, ...how);
      },
    },
    specs: config.specs.map(withOwnNode),
    clock: context.clock,
    maxProcesses: config.limits.maxProcesses,
    maxProcessesPerSubject: config.limits.maxProcessesPerSubject,
    onAsk: parts.onAsk,
    onListChanged(server, owner, kind, connection) {
      news.takenAway.before(connection);
      connection
        .refresh()
        .then(async (offer) => {
          news.takenAway.after(server, owner, connection);
          await parts.observe(server, offer);
        })
        .catch((error: unknown) => {
          // One that ended is told of as that.
          if (errorCode(error) === 'ERR_SERVER_CLOSED') return;
          log.warn({ server, error }, 'a changed list could not be read');
        })
        .finally(() => {
          if (kind === 'resources') news.channels.resourcesChanged(server, owner);
          void news.look();
        });
    },
    onNews: (server, owner, said) => news.said(server, owner, said),
    onServerEvent(event) {
      log.info({ ...event }, `tool server ${event.kind}`);
      stores.admission
        .record(serverEvent(event))
        .catch((error: unknown) =>
          log.error({ server: event.server, error }, 'server event not recorded'),
        );
    },
  });
}

const serverEvent = (event: PoolEvent): EventDraft => ({
  code: event.kind === 'started' ? 'TG5004' : 'TG5005',
  server: event.server,
  ...(event.kind === 'failed' ? { reason: event.code } : { detail: { era: event.era } }),
  ...(event.owner.sessionId === undefined ? {} : { session: event.owner.sessionId }),
  ...(event.owner.subject === undefined ? {} : { subject: event.owner.subject }),
});

/** Lets a server that is a Node script start where `PATH` has no Node: ours comes last, so it shadows nothing. */
export function withOwnNode(spec: ToolServerSpec): ToolServerSpec {
  if (spec.kind !== 'stdio') return spec;
  const separator = process.platform === 'win32' ? ';' : ':';
  const path = [spec.env.PATH, dirname(process.execPath)].filter(Boolean).join(separator);
  return { ...spec, env: { ...spec.env, PATH: path } };
}
