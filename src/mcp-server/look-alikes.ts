import { ENVELOPE_KEYS } from '../domain/era.ts';
import { isJsonObject, type JsonObject, member } from '../domain/json.ts';
import { lookAlikesOf } from '../domain/look-alike.ts';

/** What is read of a call's `params`; a tool server gets every other member as it came. */
const ofCallMember = lookAlikesOf(['name', 'arguments', '_meta', 'task']);
/** What is read of a request's `_meta`. */
const ofMetaMember = lookAlikesOf([...Object.values(ENVELOPE_KEYS), 'progressToken']);

/**
 * The member we read whose place another one could take at a tool server that is less strict: in the
 * `params` of a call and in the `_meta` of any request. Unknown members that look like none of them
 * pass, and so does everything inside `arguments`.
 *
 * Attack: `Name` beside `name`, where a reader that ignores case calls the tool nobody authorized;
 * `ProgressToken`, which makes a server report progress under another session's token.
 */
export function disguisedMember(
  method: string,
  params: JsonObject | undefined,
): string | undefined {
  if (params === undefined) return undefined;
  const found = method === 'tools/call' ? first(params, ofCallMember) : undefined;
  const meta = member(params, '_meta');
  return found ?? (isJsonObject(meta) ? first(meta, ofMetaMember) : undefined);
}

function first(
  object: JsonObject,
  lookAlike: (name: string) => string | undefined,
): string | undefined {
  for (const name of Object.keys(object)) {
    const found = lookAlike(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
