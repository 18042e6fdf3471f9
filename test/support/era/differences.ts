import type { Era } from './era-client.ts';
import type { Transcript } from './features.ts';
import type { Message } from './wire.ts';

/**
 * The closed list: what a client may see differently through the broker.
 *
 * 1. The broker introduces itself: the handshake's `serverInfo` and `instructions`, the `_meta` of a 2026
 *    result that names a server, and how long a list may be kept.
 */
export function sameButForTheList(
  seen: Transcript,
  _pair: { readonly client: Era; readonly server: Era },
): Transcript {
  return Object.fromEntries(
    Object.entries(seen).map(([feature, value]) => [
      feature,
      feature === 'handshake' ? handshake(value as Message) : stripped(value),
    ]),
  );
}

const handshake = ({ protocolVersion, capabilities }: Message): Message => ({
  protocolVersion,
  capabilities,
});

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== 'object' || value === null) return value;
  const { ttlMs: _ttl, cacheScope: _scope, _meta, ...members } = value as Message;
  const { 'io.modelcontextprotocol/serverInfo': _info, ...meta } = _meta ?? {};
  return {
    ...Object.fromEntries(Object.entries(members).map(([key, one]) => [key, stripped(one)])),
    ...(Object.keys(meta).length > 0 ? { _meta: meta } : {}),
  };
}
