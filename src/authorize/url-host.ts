/** A URL that tool servers could read in more than one way, or that has no host. */
export class AmbiguousUrl extends Error {
  constructor(why: string) {
    super(`the URL is ambiguous: ${why}`);
  }
}

const MAX_LENGTH = 8_192;
/** An authority in plain form: a name or IPv4 address, or an IPv6 address, and perhaps a port. */
const PLAIN =
  /^(https?|wss?|ftp):\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?#]|$)/i;

/**
 * The host of an absolute URL, as WHATWG reads it, in lower case, without its port.
 *
 * Attack: `https://good@evil/`, `https://good\@evil`, tabs and line breaks that one parser drops, hosts in
 * other scripts or as numbers: readers disagree on these, so there is no answer.
 *
 * @throws AmbiguousUrl when there is no single reading.
 */
export function urlHost(url: string): string {
  if (url.length > MAX_LENGTH) throw new AmbiguousUrl('it is too long');
  if (/[\p{Cc}\p{Z}\p{Cf}\\]/u.test(url)) {
    throw new AmbiguousUrl('it holds a space, a backslash or what cannot be seen');
  }
  const [, , written] = PLAIN.exec(url) ?? [];
  if (written === undefined) throw new AmbiguousUrl('its host is not in plain form');
  if (!URL.canParse(url)) throw new AmbiguousUrl('it cannot be read');
  const { hostname } = new URL(url);
  if (hostname !== written.toLowerCase()) throw new AmbiguousUrl('its host has another form');
  if (hostname.endsWith('.')) throw new AmbiguousUrl('its host ends with a dot');
  return hostname;
}
