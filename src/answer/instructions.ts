import type { Visible } from './visible-capabilities.ts';

const OURS =
  'Toolgrant stands between you and the tool servers. The tools listed are the ones your grant ' +
  'allows for its purpose, until it ends; each call is authorized again and recorded. A tool that ' +
  'is not listed does not exist here: ask whoever issued the grant.';

/** Longest text of one tool server's where several share the room, and of all, UTF-16 code units. */
const MAX_OF_ONE = 4_096;
const MAX_OF_ALL = 16_384;

/**
 * What a client is told to know: our own words first, then the approved ones of the tool servers it is
 * granted something of, each as its own.
 *
 * Attack: a tool server writes as if it were the broker, or another server. Where several speak, each
 * line of theirs is quoted under their name.
 */
export function instructionsFor(
  said: Visible['instructions'],
  onlyServer: string | undefined,
): string {
  if (onlyServer !== undefined) {
    const own = said.find(({ server }) => server === onlyServer);
    return own === undefined ? OURS : `${OURS}\n\n${onlyServer} says of itself:\n\n${own.text}`;
  }
  let room = MAX_OF_ALL;
  const parts = [OURS];
  for (const { server, text } of said) {
    const quoted = quote(server, cut(text, MAX_OF_ONE));
    if (quoted.length > room) break;
    room -= quoted.length;
    parts.push(quoted);
  }
  return parts.join('\n\n');
}

const quote = (server: string, text: string): string =>
  [`Tool server ${server} says of itself:`, ...text.split(LINE_BREAKS)].join('\n> ');

const LINE_BREAKS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1)).toWellFormed()}…`;
