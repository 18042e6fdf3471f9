import { ENVELOPE_KEYS } from '../domain/era.ts';
import { isJsonObject, type JsonObject, member } from '../domain/json.ts';
import { lookAlikesOf } from '../domain/look-alike.ts';

type Judge = (name: string) => string | undefined;

const ROUND = ['inputResponses', 'requestState'];
/** What is read of a request's `params`, by method; a tool server gets every other member as it came. */
const OF_PARAMS: ReadonlyMap<string, Judge> = new Map(
  Object.entries({
    'tools/call': ['name', 'arguments', 'task', ...ROUND],
    'prompts/get': ['name', 'arguments', ...ROUND],
    'resources/read': ['uri', ...ROUND],
    'resources/subscribe': ['uri'],
    'resources/unsubscribe': ['uri'],
    'completion/complete': ['ref', 'argument', 'context'],
    'logging/setLevel': ['level'],
    'subscriptions/listen': ['notifications'],
    'tools/list': ['cursor'],
    'prompts/list': ['cursor'],
    'resources/list': ['cursor'],
    'resources/templates/list': ['cursor'],
    'tasks/list': ['cursor'],
    'tasks/get': ['taskId'],
    'tasks/result': ['taskId'],
    'tasks/cancel': ['taskId'],
    'tasks/update': ['taskId', ...ROUND],
  }).map(([method, members]) => [method, lookAlikesOf([...members, '_meta'])]),
);
/** What is read of a completion's `ref`. */
const ofRef = lookAlikesOf(['type', 'name', 'uri']);
/** What is read of a request's `_meta`. */
const ofMeta = lookAlikesOf([...Object.values(ENVELOPE_KEYS), 'progressToken']);

/**
 * The member we read whose place another one could take at a tool server that is less strict: in the
 * `params` of a use or a list, in a completion's `ref`, and in the `_meta` of any request. Unknown
 * members that look like none of them pass, and so does everything inside `arguments`.
 *
 * Attack: `Name` beside `name`, where a reader that ignores case calls the tool nobody authorized;
 * `ProgressToken`, which makes a server report progress under another session's token.
 */
export function disguisedMember(
  method: string,
  params: JsonObject | undefined,
): string | undefined {
  if (params === undefined) return undefined;
  const ofParams = OF_PARAMS.get(method);
  const found = ofParams === undefined ? undefined : first(params, ofParams);
  if (found !== undefined) return found;
  const ref = method === 'completion/complete' ? member(params, 'ref') : undefined;
  const meta = member(params, '_meta');
  return (
    (isJsonObject(ref) ? first(ref, ofRef) : undefined) ??
    (isJsonObject(meta) ? first(meta, ofMeta) : undefined)
  );
}

function first(object: JsonObject, judge: Judge): string | undefined {
  for (const name of Object.keys(object)) {
    const found = judge(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
