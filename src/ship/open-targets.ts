import { eventLine } from '../audit/event-lines.ts';
import { otlpLogs } from '../audit/otlp-logs.ts';
import type { PlaceId } from '../audit/place-id.ts';
import type { Sent, ShipTarget } from '../audit/ship-events.ts';
import { BrokerError } from '../domain/errors.ts';
import { requestFailure } from '../domain/request-failure.ts';
import type { ShipSpec } from '../domain/ship-spec.ts';
import { appendLines, newestInFile } from './event-file.ts';
import { post } from './post.ts';

/**
 * Makes the places of a configuration that events are sent on to. Nothing is opened or dialled before
 * something is sent.
 *
 * @param version of this program, which the formats want.
 * @param idOf names a place.
 */
export const openShipTargets = (
  specs: readonly ShipSpec[],
  version: string,
  idOf: (place: string) => PlaceId,
): readonly ShipTarget[] => specs.map((spec) => openTarget(spec, version, idOf));

function openTarget(spec: ShipSpec, version: string, idOf: (place: string) => PlaceId): ShipTarget {
  const { key } = spec;
  const named = (place: string) => ({ ...idOf(place), key });
  switch (spec.kind) {
    case 'file':
      return {
        ...named(`file ${spec.path}`),
        newest: () => failing(key, () => newestInFile(spec.path)),
        send: (events) =>
          sending(key, async () => {
            const lines = events.map((event) => eventLine(event, spec.format, version)).join('');
            await appendLines(spec.path, lines);
            return 0;
          }),
      };
    case 'webhook':
      return {
        ...named(`webhook ${spec.url}`),
        send: (events, signal) =>
          sending(key, async () => {
            const lines = events.map((event) => eventLine(event, spec.format, version)).join('');
            await post(spec, 'application/x-ndjson', lines, signal);
            return 0;
          }),
      };
    case 'otlp':
      return {
        ...named(`otlp ${spec.url}`),
        send: (events, signal) =>
          sending(key, async () => {
            const body = JSON.stringify(otlpLogs(events, version));
            return rejectedIn(await post(spec, 'application/json', body, signal));
          }),
      };
  }
}

/**
 * HTTP statuses that are about what was sent: the same never gets another answer. Others that are not
 * errors of the moment, such as 401 or 404, are about the place, and wait for whoever mends it: OTLP would
 * have them dropped, but this is the audit.
 */
const REFUSALS: ReadonlySet<number | undefined> = new Set([400, 413, 422]);

/** @param work answers how many events the place says it did not keep. */
async function sending(key: string, work: () => Promise<number>): Promise<Sent> {
  return failing(key, async (): Promise<Sent> => {
    try {
      return { kind: 'taken', rejected: await work() };
    } catch (error) {
      const { status, code } = error as { readonly status?: number; readonly code?: string };
      if (!REFUSALS.has(status)) throw error;
      return { kind: 'refused', why: code ?? 'refused' };
    }
  });
}

/** Of an address, header or answer nothing is said: they may hold a secret. */
async function failing<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = requestFailure(error);
    throw new BrokerError('ERR_SHIP_FAILED', `${key}: events were not taken: ${why}`);
  }
}

/** How many records an `ExportLogsServiceResponse` says were not kept. */
function rejectedIn(answer: string): number {
  try {
    const { partialSuccess } = JSON.parse(answer) as {
      readonly partialSuccess?: { readonly rejectedLogRecords?: string | number };
    };
    // Fewer than none would make up for what it refuses.
    return Math.max(0, Math.floor(Number(partialSuccess?.rejectedLogRecords ?? 0))) || 0;
  } catch {
    return 0;
  }
}
