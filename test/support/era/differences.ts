import type { Seen } from './era-client.ts';
import type { Transcript } from './features.ts';
import type { Message } from './wire.ts';

/** Capabilities whose methods the broker does not have. */
const NOT_OURS = ['experimental', 'extensions'];

/** What a question says of the tool server that asks it. */
const ASKED_BY = 'Tool server "f" asks:\n';

/**
 * The closed list: a transcript without what a client may see differently through the broker.
 *
 * 1. The broker introduces itself: `serverInfo` and instructions of a handshake, the server named in the
 *    `_meta` of a 2026 result, and for how long and whom a result may be kept.
 * 2. Capabilities that stand for no method of the broker's are left out.
 * 3. On stdio names have the tool server's name before them, in lists and in the error that repeats one.
 * 4. A question says which tool server asks: an elicitation in its message, others in `_meta`.
 * 5. A URL elicitation of a 2026 server gets the id that the form of 2025 demands.
 * 6. Questions asked at once may come one after another, in any order.
 */
export const sameButForTheList = (seen: Transcript): Transcript =>
  Object.fromEntries(
    Object.entries(seen).map(([feature, value]) => [
      feature,
      feature === 'handshake' ? handshake(value as Message) : reduced(value),
    ]),
  );

function handshake({ protocolVersion, capabilities = {} }: Message): Message {
  const ours = Object.entries(capabilities).filter(([name]) => !NOT_OURS.includes(name));
  return { protocolVersion, capabilities: Object.fromEntries(ours) };
}

function reduced(value: unknown): unknown {
  const plain = withoutIntroduction(value);
  if (!isSeen(plain)) return plain;
  const { asked, error, ...others } = plain;
  return {
    ...others,
    asked: asked.map(question).sort((a, b) => (a.method < b.method ? -1 : 1)),
    ...(error === undefined ? {} : { error: ownNames(error) }),
  };
}

const isSeen = (value: unknown): value is Seen =>
  typeof value === 'object' && value !== null && 'asked' in value;

const ownNames = (error: Message): Message => ({
  ...error,
  message: error.message.replace(/\bf__/, ''),
});

function question({ method, params = {} }: Message): Message {
  const { elicitationId: _id, _meta: _askedBy, message, ...more } = params;
  const text = typeof message === 'string' ? { message: message.replace(ASKED_BY, '') } : {};
  return { method, params: { ...more, ...text } };
}

function withoutIntroduction(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIntroduction);
  if (typeof value !== 'object' || value === null) return value;
  const { ttlMs: _ttl, cacheScope: _scope, _meta, ...members } = value as Message;
  const { 'io.modelcontextprotocol/serverInfo': _info, ...meta } = _meta ?? {};
  return {
    ...Object.fromEntries(
      Object.entries(members).map(([key, one]) => [key, withoutIntroduction(one)]),
    ),
    ...(Object.keys(meta).length > 0 ? { _meta: meta } : {}),
  };
}
