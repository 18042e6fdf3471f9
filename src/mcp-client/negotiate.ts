import type { Timers } from '../dispatch/timers.ts';
import { BrokerError, errorCode } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import type { Channel } from './channel.ts';
import {
  envelope,
  type Handshake,
  initializeParams,
  offersWhatItRefused,
  readDiscovery,
  readInitialization,
} from './handshake.ts';
import type { HttpChannel } from './http-channel.ts';
import { HttpStatusError } from './http-exchange.ts';

/** Milliseconds of silence after which a process never seen is taken for one of the 2025 era. */
const PROBE_MS = 2_000;

/** What agreeing on a revision needs to know. */
export interface Negotiation {
  readonly server: string;
  readonly version: string;
  readonly knownEra?: '2025' | '2026';
  /** The client capabilities a server of the 2025 era is shown. */
  readonly capabilities: JsonObject;
  /** Milliseconds one request of the handshake may take. */
  readonly timeoutMs: number;
}

/**
 * Agrees on a revision with a process: 2026-07-28 is probed on the same pipe; an error or silence
 * leads to `initialize` right there, and a server that the probe ended is started once more. One that
 * was only slow, and then refuses `initialize`, is taken by its late answer to the probe.
 *
 * @throws BrokerError when neither way leads to an agreement.
 */
export async function negotiateStdio(
  start: () => Channel,
  negotiation: Negotiation & { readonly timers: Timers },
): Promise<{ readonly channel: Channel; readonly handshake: Handshake }> {
  const channel = start();
  if (negotiation.knownEra === '2025') {
    return { channel, handshake: await initialize(channel, negotiation) };
  }
  const probe = startProbe(channel, negotiation);
  const isSlow = negotiation.knownEra !== '2026' && (await isSilent(probe, negotiation.timers));
  if (isSlow)
    return { channel, handshake: await initializeOrLateProbe(channel, negotiation, probe) };
  const outcome = await probe;
  if (outcome.kind === 'found') return { channel, handshake: outcome.handshake };
  if (outcome.kind === 'legacy') {
    return { channel, handshake: await initialize(channel, negotiation) };
  }
  if (errorCode(outcome.error) !== 'ERR_SERVER_CLOSED') throw outcome.error;
  await channel.close();
  const second = start();
  return { channel: second, handshake: await initialize(second, negotiation) };
}

type ProbeOutcome =
  | { readonly kind: 'found'; readonly handshake: Handshake }
  | { readonly kind: 'legacy' }
  | { readonly kind: 'failed'; readonly error: unknown };

async function startProbe(channel: Channel, negotiation: Negotiation): Promise<ProbeOutcome> {
  try {
    const reply = await discover(channel, negotiation, negotiation.timeoutMs);
    const found = readDiscovery(negotiation.server, reply);
    return found === 'legacy' ? { kind: 'legacy' } : { kind: 'found', handshake: found };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function isSilent(probe: Promise<unknown>, timers: Timers): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = timers.after(PROBE_MS, () => resolve(true));
    void probe.then(() => {
      cancel();
      resolve(false);
    });
  });
}

async function initializeOrLateProbe(
  channel: Channel,
  negotiation: Negotiation,
  probe: Promise<ProbeOutcome>,
): Promise<Handshake> {
  try {
    return await initialize(channel, negotiation);
  } catch (error) {
    // Answers come in the order of the requests or not at all, so the probe's is not waited for.
    const late = await Promise.race([probe, undefined]);
    if (late?.kind === 'found') return late.handshake;
    throw error;
  }
}

/**
 * Agrees on a revision over HTTP. Only an answer that a 2025 server gives to what it does not know is
 * evidence of one: a status of authentication, a server fault, silence or a redirect is an error.
 *
 * @throws BrokerError when neither way leads to an agreement.
 */
export async function negotiateHttp(
  channel: HttpChannel,
  negotiation: Negotiation,
): Promise<Handshake> {
  if (negotiation.knownEra !== '2025') {
    let found: Handshake | 'legacy' = 'legacy';
    try {
      const reply = await discover(channel, negotiation, negotiation.timeoutMs);
      found = readDiscovery(negotiation.server, reply);
    } catch (error) {
      if (!(error instanceof HttpStatusError) || !isLegacyStatus(error.status)) throw error;
    }
    if (found !== 'legacy') return found;
  }
  channel.speak('2025');
  return initialize(channel, negotiation, (revision) => channel.speak('2025', revision));
}

const isLegacyStatus = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429;

/** Asks twice where a server refuses the very revision it then says it speaks. */
async function discover(
  channel: Channel,
  negotiation: Negotiation,
  timeoutMs: number,
): Promise<RpcReply> {
  const params = { _meta: envelope(negotiation.version) };
  const reply = await ask(channel, 'server/discover', params, timeoutMs);
  return offersWhatItRefused(reply) ? ask(channel, 'server/discover', params, timeoutMs) : reply;
}

async function initialize(
  channel: Channel,
  negotiation: Negotiation,
  onRevision?: (revision: string) => void,
): Promise<Handshake> {
  const params = initializeParams(negotiation.version, negotiation.capabilities);
  const reply = await ask(channel, 'initialize', params, negotiation.timeoutMs);
  const handshake = readInitialization(negotiation.server, reply);
  onRevision?.(handshake.revision);
  await channel.notify('notifications/initialized');
  return handshake;
}

async function ask(
  channel: Channel,
  method: string,
  params: JsonObject,
  timeoutMs: number,
): Promise<RpcReply> {
  const reply = await channel.request({ method, params, timeoutMs, isCancellable: false });
  if (reply.kind === 'result' || reply.kind === 'error') return reply;
  throw new BrokerError('ERR_INTERNAL', `${method} was neither answered nor refused`);
}
