import { openForClient } from './admin/open-for-client.ts';
import { openProfileSession } from './admin/open-profile-session.ts';
import { clientIsOut, type SessionWish } from './admin/open-session.ts';
import type { Limits } from './config/limits.ts';
import type { Broker, BrokerReply, Credential } from './domain/broker.ts';
import { REVISION_2025 } from './domain/era.ts';
import { BrokerError } from './domain/errors.ts';
import { newSessionId, newTokenId, type SessionId } from './domain/ids.ts';
import type { JsonObject } from './domain/json.ts';
import type { CredentialReason } from './domain/reasons.ts';
import type { ToolRef } from './domain/tool-ref.ts';
import { aborted, type FaceOptions, LOST } from './face-options.ts';
import { serveStdio } from './mcp-server/stdio-face.ts';
import type { StdioLimits } from './mcp-server/stdio-limits.ts';
import { type RunningBroker, runBroker } from './run-broker.ts';
import { judgeSession, principalOf } from './session/judge-session.ts';
import { systemClock } from './system.ts';

/** What lets a profile in that got no session. The client has to start again. */
const WAY_IN: Readonly<Partial<Record<CredentialReason, string>>> &
  Readonly<Record<'profile_revoked', string>> = {
  profile_revoked: '`toolgrant connect` makes it, or makes it anew',
  profile_suspended: 'a session of it is suspended: see `toolgrant session resume`',
  halted: 'everything is halted: `toolgrant halt --lift` ends that',
};

/** One client, so its share is the whole. */
const stdioLimits = (limits: Limits): Partial<StdioLimits> => ({
  maxMessageBytes: limits.maxMessageBytes,
  maxMembers: limits.maxMembers,
  maxQueuedBytes: limits.maxQueuedBytes,
  maxInFlight: limits.maxInFlight,
  drainMs: limits.drainMs,
});

/** Serves one client on standard input and output. Resolves with the exit code. */
export async function runStdio(
  options: FaceOptions & { readonly profile?: string; readonly token?: string },
): Promise<number> {
  const running = await runBroker(options);
  const { profile, token } = options;
  let own: SessionId | undefined;
  try {
    let credential: Credential | undefined;
    if (profile !== undefined) {
      const session = await openProfileSession(running.state.context, profile, {
        transport: 'stdio',
      });
      if ('refused' in session) {
        running.state.log.error(
          { profile, reason: session.refused },
          `the profile gets no session; ${WAY_IN[session.refused] ?? WAY_IN.profile_revoked}`,
        );
        credential = { kind: 'refused', reason: session.refused };
      } else {
        own = session.id;
        credential = { kind: 'session', principal: principalOf(session) };
      }
    } else if (token !== undefined) {
      credential = { kind: 'token', token };
    }
    const face = serveStdio({
      broker: running.broker,
      credential,
      input: process.stdin,
      output: process.stdout,
      log: running.state.log,
      limits: stdioLimits(running.state.config.limits),
    });
    const { lost } = running.state;
    void aborted(AbortSignal.any([options.signal, lost])).then(() => face.close());
    const code = await face.exitCode;
    return lost.aborted ? LOST : code;
  } finally {
    if (own !== undefined) await endSession(running, own);
    await running.close();
  }
}

/** One call through the whole path, in a session of its own that ends with it. */
export async function runCall(
  options: FaceOptions & {
    readonly subject: string;
    readonly client?: string;
    readonly ref: ToolRef;
    readonly args: JsonObject;
  },
): Promise<BrokerReply> {
  const running = await runBroker(options);
  try {
    const { context } = running.state;
    const now = systemClock.now();
    const wish: SessionWish = { subject: options.subject };
    const session = {
      id: newSessionId(context.entropy),
      subject: wish.subject,
      tokenId: newTokenId(context.entropy),
      openedAt: now,
      expiresAt: now + 15 * 60_000,
      state: 'active' as const,
      calls: 0,
      ...(options.client === undefined ? {} : { client: options.client }),
    };
    const refused = await openForClient(context, session, {
      code: 'TG2002',
      actor: context.actor,
      session: session.id,
      subject: session.subject,
      transport: 'cli',
      ...(options.client === undefined ? {} : { client: options.client }),
    });
    if (refused !== undefined) throw clientIsOut(refused, options.client);
    try {
      return await callOnce(running.broker, session.id, options, principalOf(session));
    } finally {
      await endSession(running, session.id);
    }
  } finally {
    await running.close();
  }
}

async function callOnce(
  broker: Broker,
  id: SessionId,
  { ref, args, signal }: { ref: ToolRef; args: JsonObject; signal: AbortSignal },
  principal: ReturnType<typeof principalOf>,
): Promise<BrokerReply> {
  const origin = { transport: 'cli' } as const;
  const authenticated = await broker.authenticate({ kind: 'session', principal }, origin);
  if (authenticated.kind === 'refused') {
    throw new BrokerError('ERR_INTERNAL', `session ${id} was refused`);
  }
  return broker.handle({
    principal: authenticated.principal,
    origin,
    era: '2025',
    revision: REVISION_2025,
    onlyServer: ref.server,
    clientCapabilities: {},
    request: {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: ref.tool, arguments: args },
    },
    signal,
    notify: () => {},
  });
}

/** Ends a session of this process, so that it does not outlive its client. */
async function endSession(running: RunningBroker, id: SessionId): Promise<void> {
  const { context, log } = running.state;
  const session = context.sessions.find(id);
  if (session === undefined || judgeSession(session, systemClock.now()) !== undefined) return;
  await context.sessions
    .end(id, 'expired', systemClock.now(), {
      code: 'TG2004',
      actor: context.actor,
      session: id,
      subject: session.subject,
    })
    .catch((error: unknown) => log.error({ session: id, error }, 'the session could not be ended'));
}
