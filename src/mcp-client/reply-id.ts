import { endOfString } from '../domain/json-string.ts';

const VERSION = /"jsonrpc"\s*:\s*"2\.0"/y;
const NUMERIC_ID = /"id"\s*:\s*(\d{1,15})\s*[,}]/y;

/**
 * The numeric id of a JSON-RPC reply that is refused as it stands (a member twice, too much in it), so
 * that the request it was for fails now and not when its time is up. `undefined` when there is none or
 * more than one, or when the text does not call itself JSON-RPC (a line of a log may have an `id`).
 * Linear in the text; nothing is built.
 */
export function replyId(text: string): number | undefined {
  const ids = new Set<number>();
  let isJsonRpc = false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '{':
      case '[':
        depth += 1;
        break;
      case '}':
      case ']':
        depth -= 1;
        break;
      case '"':
        if (depth === 1) {
          const id = matchAt(NUMERIC_ID, text, at)?.[1];
          if (id !== undefined) ids.add(Number(id));
          isJsonRpc ||= matchAt(VERSION, text, at) !== null;
        }
        at = endOfString(text, at);
    }
  }
  const [id, ...others] = ids;
  return isJsonRpc && others.length === 0 ? id : undefined;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
