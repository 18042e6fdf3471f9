import type { AdminListener } from './admin-listener/listen-admin.ts';
import type { Limits } from './config/limits.ts';
import { aborted, type FaceOptions, LOST } from './face-options.ts';
import { listenHttp } from './mcp-server/http-face.ts';
import type { HttpLimits } from './mcp-server/http-limits.ts';
import { runBroker } from './run-broker.ts';
import { serveAdmin } from './serve-admin.ts';

/** Serves Streamable HTTP until a signal. Resolves with the exit code. */
export async function runServe(
  options: FaceOptions & {
    readonly port?: number;
    readonly appliesAll: boolean;
    readonly insecureHttp: boolean;
  },
): Promise<number> {
  const running = await runBroker(options);
  const { config, log } = running.state;
  let admin: AdminListener | undefined;
  try {
    // First: who cannot have it serves nobody.
    const ending = AbortSignal.any([options.signal, running.state.lost]);
    admin = await serveAdmin(running, options.version, ending);
    const face = await listenHttp({
      broker: running.broker,
      host: config.listen.host,
      port: options.port ?? config.listen.port,
      log,
      insecureHttp: options.insecureHttp,
      limits: httpLimits(config.limits),
      ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    });
    const host = config.listen.host.includes(':') ? `[${config.listen.host}]` : config.listen.host;
    log.info({ url: `http://${host}:${face.port}/mcp` }, 'listening');
    const { lost } = running.state;
    await aborted(ending);
    log.info({ calls: running.inFlight.size }, 'stopping');
    await face.close();
    return lost.aborted ? LOST : 0;
  } finally {
    await admin?.close();
    await running.close();
  }
}

/**
 * Bodies being received: four of the largest for one session, four times that in all; being answered:
 * twice as many.
 */
const httpLimits = ({ maxMessageBytes, maxQueuedBytes, ...same }: Limits): Partial<HttpLimits> => ({
  maxBodyBytes: maxMessageBytes,
  maxMembers: same.maxMembers,
  maxReceivingBytes: 16 * maxMessageBytes,
  maxReceivingBytesPerSession: 4 * maxMessageBytes,
  maxAnsweringBytes: 32 * maxMessageBytes,
  maxAnsweringBytesPerSession: 8 * maxMessageBytes,
  maxUnreadBytes: maxQueuedBytes,
  maxConnections: same.maxConnections,
  maxConnectionsPerAddress: same.maxConnectionsPerAddress,
  maxInFlight: same.maxInFlight,
  maxInFlightPerSession: same.maxInFlightPerSession,
  drainMs: same.drainMs,
});
