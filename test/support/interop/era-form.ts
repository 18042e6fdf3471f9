import { isDeepStrictEqual } from 'node:util';

type Members = Record<string, unknown>;

/**
 * The closed list of what the broker may add to, or take from, a result because the other side speaks
 * another era. Everything else must be as it is without the broker.
 */
const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';
const OF_EVERY_RESULT = ['resultType'] as const;
const OF_A_LIST = ['ttlMs', 'cacheScope'] as const;

/** A reply without what only the form of its era put there. */
export function withoutEraForm(reply: unknown, isList = false): unknown {
  if (typeof reply !== 'object' || reply === null || !('result' in reply)) return reply;
  const result = { ...(reply.result as Members) };
  for (const name of OF_EVERY_RESULT) delete result[name];
  if (isList) for (const name of OF_A_LIST) delete result[name];
  if (isObject(result._meta) && SERVER_INFO in result._meta) {
    const { [SERVER_INFO]: _serverInfo, ...others } = result._meta;
    if (isDeepStrictEqual(others, {})) delete result._meta;
    else result._meta = others;
  }
  return { ...reply, result };
}

/** What a result says in the form of its era, and nothing else of it. */
export function eraFormOf(reply: unknown): { resultType: unknown; answeredBy: unknown } {
  const result = isObject(reply) && isObject(reply.result) ? reply.result : {};
  const serverInfo = isObject(result._meta) ? result._meta[SERVER_INFO] : undefined;
  return {
    resultType: result.resultType,
    answeredBy: isObject(serverInfo) ? serverInfo.name : undefined,
  };
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
