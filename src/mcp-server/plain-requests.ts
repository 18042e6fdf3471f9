import { ENVELOPE_KEYS, type Era, REVISION_2026, REVISIONS_2025 } from '../domain/era.ts';
import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import type { RpcRequest } from '../domain/json-rpc.ts';
import type { StandardHeaders } from './standard-headers.ts';

/** Beside the envelope, what the protocol says a form of in a request's `_meta`. */
const RELATED_TASK = 'io.modelcontextprotocol/related-task';
const MAX_REMEMBERED = 1_000;
const MAX_LENGTH = 4_096;

/**
 * Tells the era of requests that are plain: those that leave the SDK's classification nothing to find, so
 * that it need not be asked. Of 2026, where a request with the same envelope has passed it; of 2025,
 * where there is none. What is not plain in any way is for the SDK to judge.
 */
export class PlainRequests {
  /** Envelopes without their version, as text, that the SDK found well formed. */
  readonly #sound = new Set<string>();

  /** The era of a plain request; `undefined`: the SDK has to be asked. */
  eraOf({ method, params }: RpcRequest, headers: StandardHeaders | undefined): Era | undefined {
    const meta = member(params, '_meta');
    if (!isPlainMeta(meta)) return undefined;
    const named = headers?.protocolVersion;
    if (meta === undefined || !Object.hasOwn(meta, ENVELOPE_KEYS.protocolVersion)) {
      return named === undefined || REVISIONS_2025.includes(named) ? '2025' : undefined;
    }
    const isAgreed =
      member(meta, ENVELOPE_KEYS.protocolVersion) === REVISION_2026 &&
      (named === undefined || named === REVISION_2026) &&
      (headers?.method === undefined || headers.method === method);
    return isAgreed && this.#sound.has(envelopeText(meta)) ? '2026' : undefined;
  }

  /** Remembers the envelope of a request that the SDK took for one of 2026. */
  passed({ params }: RpcRequest): void {
    const meta = member(params, '_meta');
    const text = isJsonObject(meta) ? envelopeText(meta) : '';
    if (text === '' || text.length > MAX_LENGTH) return;
    if (this.#sound.size >= MAX_REMEMBERED) this.#sound.clear();
    this.#sound.add(text);
  }
}

/** Whether nothing in `_meta` but the envelope has a form that could be wrong. */
function isPlainMeta(meta: Json | undefined): meta is JsonObject | undefined {
  if (meta === undefined) return true;
  if (!isJsonObject(meta) || Object.hasOwn(meta, RELATED_TASK)) return false;
  const token = member(meta, 'progressToken');
  return token === undefined || typeof token === 'string' || Number.isSafeInteger(token);
}

const OF_CLIENT = [
  ENVELOPE_KEYS.clientInfo,
  ENVELOPE_KEYS.clientCapabilities,
  ENVELOPE_KEYS.logLevel,
];

const envelopeText = (meta: JsonObject): string =>
  JSON.stringify(OF_CLIENT.map((key) => [Object.hasOwn(meta, key), meta[key]]));
