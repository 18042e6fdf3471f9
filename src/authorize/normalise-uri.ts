/** Longest URI that can be permitted, UTF-16 code units, as asked for and in its normal form. */
export const MAX_URI_LENGTH = 2_048;

/**
 * The form of a URI that rules are matched against, or `undefined` when it has none that every reader
 * of it must agree on: RFC 3986 §6.2.2 and §6.2.3, and for letters beyond ASCII RFC 3987 §3.1. Scheme
 * and host in lower case, default ports and dot segments gone, everything percent-encoded that has to
 * be and nothing else.
 *
 * Attack: what is sent is what the client wrote, and the tool server reads it in its own way. It may
 * decode once more than we do, cut the scheme off and hand the rest to the file system, merge slashes,
 * drop a fragment, map look-alike characters. So whatever such a reader could take for another
 * resource has no normal form: an encoded slash, a doubled one, a backslash, a control character,
 * an encoded percent sign before two hex digits, `..` above the root, a fragment.
 */
export function normaliseUri(uri: string): string | undefined {
  if (uri.length > MAX_URI_LENGTH || !uri.isWellFormed() || uri.trim() !== uri) return undefined;
  const parts = PARTS.exec(uri);
  const decoded = decode(uri);
  if (parts === null || decoded === undefined || isDoubtful(decoded)) return undefined;
  const [, scheme = '', authority, path = '', query] = parts;
  const normal = join({ scheme: scheme.toLowerCase(), authority, path, query });
  return normal === undefined || normal.length > MAX_URI_LENGTH ? undefined : normal;
}

/** Scheme, authority, path, query (RFC 3986, appendix B). No fragment, backslash or template brace. */
const PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#\\{}]*))?([^?#\\{}]*)(?:\?([^#\\{}]*))?$/;

interface Parts {
  readonly scheme: string;
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string | undefined;
}

function join({ scheme, authority, path, query }: Parts): string | undefined {
  const host = authority === undefined ? '' : normalAuthority(scheme, authority);
  const isFile = scheme === 'file';
  if (host === undefined || (isFile && (query !== undefined || !path.startsWith('/')))) {
    return undefined;
  }
  const hasAuthority = authority !== undefined || isFile;
  const isWeb = WEB_PORTS.has(scheme);
  if (isWeb && host === '') return undefined;
  const names = normalPath(path, hasAuthority);
  if (names === undefined || (query !== undefined && climbs(query))) return undefined;
  const head = `${scheme}:${hasAuthority ? `//${host}` : ''}${names === '' && isWeb ? '/' : names}`;
  return query === undefined ? head : `${head}?${encode(query, UNRESERVED, IN_QUERY)}`;
}

/** Schemes whose hosts are names of the network, with the port each has by default. */
const WEB_PORTS: ReadonlyMap<string, string> = new Map([
  ['http', '80'],
  ['https', '443'],
  ['ws', '80'],
  ['wss', '443'],
  ['ftp', '21'],
]);

const AUTHORITY = /^(?:([^@[\]]*)@)?(\[[^\]@]*\]|[^:[\]@]*)(?::([0-9]*))?$/;

function normalAuthority(scheme: string, authority: string): string | undefined {
  const parts = AUTHORITY.exec(authority);
  // An encoded delimiter: what one reader takes for a name, another takes for where it ends.
  if (parts === null || /%(?:2f|3f|23|40|3a|5b|5d)/i.test(authority)) return undefined;
  const [, user, name = '', port = ''] = parts;
  const host = encode(name, IN_HOST)
    .toLowerCase()
    .replace(/%../g, (triplet) => triplet.toUpperCase());
  if (scheme === 'file') {
    const isLocal = host === '' || host === 'localhost';
    return isLocal && !/[@:]/.test(authority) ? '' : undefined;
  }
  // An empty user or password is there for one reader and not for another.
  if (host === '' ? authority !== '' : user !== undefined && /^$|:$/.test(user)) return undefined;
  if (host !== '' && isDots(decode(host) ?? '')) return undefined;
  if ((WEB_PORTS.has(scheme) || host.startsWith('[')) && !isPlainHost(host)) return undefined;
  if (port !== '' && (!/^(?:0|[1-9][0-9]{0,4})$/.test(port) || Number(port) > 65_535)) {
    return undefined;
  }
  const login = user === undefined ? '' : `${encode(user, IN_USER)}@`;
  return `${login}${host}${port === '' || port === WEB_PORTS.get(scheme) ? '' : `:${port}`}`;
}

/** Whether the other reader of the web's URLs takes this host for itself: not `127.1`, not a name to be mapped. */
function isPlainHost(host: string): boolean {
  const url = host === '' ? null : URL.parse(`http://${host}/`);
  return url?.hostname === host && !host.endsWith('.') && !host.includes('%');
}

function normalPath(path: string, hasAuthority: boolean): string | undefined {
  if (path === '') return hasAuthority ? '' : undefined;
  if (/%2f/i.test(path)) return undefined;
  const isRooted = path.startsWith('/');
  const segments = (isRooted ? path.slice(1) : path).split('/');
  const kept: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    // Merged by file systems and many servers, and not by others.
    if (segment === '' && !isLast) return undefined;
    const name = decode(segment) ?? '';
    if (name === '.' || name === '..') {
      if (!isRooted || (name === '..' && kept.pop() === undefined)) return undefined;
      if (isLast) kept.push('');
    } else if (segment !== '' && isDots(name)) return undefined;
    else kept.push(encode(segment, IN_PATH));
  }
  return `${isRooted ? '/' : ''}${kept.join('/')}`;
}

/** Whether a query holds a step upwards, for readers that take it for part of a path. */
const climbs = (query: string): boolean =>
  (decode(query) ?? '').split(/[/?&=;,:]/).some((piece) => plain(piece) === '..');

/** Whether a name is a dot segment, or none, to a reader that maps characters or drops what follows a `;`. */
const isDots = (name: string): boolean => /^\.{0,2}(?:;|$)/.test(plain(name));

/** A name as one sees it that knows look-alikes as what they look like, and ignores what cannot be seen. */
const plain = (name: string): string =>
  name.normalize('NFKC').replace(/[\p{Default_Ignorable_Code_Point}\s]/gu, '');

/** Characters that are taken for a slash or a backslash where texts are mapped to what a system knows. */
const SLASH_LIKE = /[\u2044\u2215\u2216\u2571\u29f5\u29f8\u29f9\ufe68\uff0f\uff3c]/u;

/** Whether a decoded URI holds what readers disagree on, wherever it stands. */
function isDoubtful(decoded: string): boolean {
  const mapped = decoded.normalize('NFKC');
  return (
    /[\p{Cc}\\]/u.test(decoded) ||
    SLASH_LIKE.test(decoded) ||
    /%[0-9a-f]{2}/i.test(mapped) ||
    /\\/.test(mapped) ||
    mapped.split('/').length !== decoded.split('/').length
  );
}

const ALWAYS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';
const UNRESERVED: ReadonlySet<string> = new Set(ALWAYS);
const IN_USER: ReadonlySet<string> = new Set(`${ALWAYS}!$&'()*+,;=:`);
const IN_HOST: ReadonlySet<string> = new Set(`${ALWAYS}!$&'()*+,;=:[]`);
const IN_PATH: ReadonlySet<string> = new Set(`${ALWAYS}!$&'()*+,;=:@`);
const IN_QUERY: ReadonlySet<string> = new Set(`${ALWAYS}!$&'()*+,;=:@/?`);

/**
 * Percent-encodes what has to be, in capitals, and decodes what is in `decoded`: outside a query more
 * than the RFC asks for, because servers decode a `,` or `@` there too, and a deny rule has to see it.
 */
function encode(text: string, decoded: ReadonlySet<string>, plain = decoded): string {
  return text.replace(/%[0-9a-f]{2}|[^%]/giu, (found) => {
    if (found.length === 3 && found.startsWith('%')) {
      const character = String.fromCharCode(Number.parseInt(found.slice(1), 16));
      return decoded.has(character) ? character : found.toUpperCase();
    }
    return plain.has(found) ? found : encodeURIComponent(found);
  });
}

/** `undefined` for a `%` that encodes nothing, and for bytes that are not UTF-8, overlong forms too. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
