import { SERVER_INFO_KEY } from '../domain/era.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { isRawNumber } from '../domain/raw-number.ts';
import { uncovered } from './uncover.ts';
import { WHITE_SPACE } from './white-space.ts';

/** What a value leads to. */
export type DestinationKind =
  | 'address'
  | 'host'
  | 'url'
  | 'account'
  | 'path'
  | 'key'
  | 'name'
  | 'id';

/** Where something can go, in the one form that all its spellings have. */
export interface Destination {
  readonly kind: DestinationKind;
  readonly canonical: string;
}

/** Characters of one value that are read. */
const MAX_TEXT = 64 * 1024;
/** Destinations of one value. */
const MAX_FOUND = 512;
/** Texts of arguments that are looked at; of so many neighbours are joined. */
const MAX_LEAVES = 256;
/** Values inside a value that are looked at. */
const MAX_STEPS = 4_096;
const MAX_JOINED = 8;
/** Characters of what is joined. */
const MAX_JOINED_TEXT = 32_768;
/** Encodings inside one another. */
const MAX_DEPTH = 3;
/** Shorter ones number things, which every result brings. */
const LONG_ACCOUNT = 10;
/** Characters of a chunk that are read: the first, which say where an address leads. */
const MAX_CHUNK = 2_048;

/** Between two chunks. */
export const SEPARATORS = `"'<>(){}[],;|\`\\=*${WHITE_SPACE}`;
/** Longest word that leads nowhere whatever its letters are: a key is longer. */
export const MAX_PLAIN = 19;
const [BEFORE, AFTER] = ['.:!?_#+-', '.:!?_#/'] as const;
const ADDRESS = /^(?:mailto:)?([^@:/]{1,64})@([\p{L}\p{N}.-]{1,253})$/u;
const HOST =
  /^(?:[a-z][a-z0-9+.-]{1,15}:\/\/)?(?:[^@/]{1,64}@)?((?:[\p{L}\p{N}_-]{1,63}\.){1,127}\p{L}[\p{L}\p{N}-]{1,62})(?::\d{1,5})?(\/.*|\?.*)?$/iu;
const SCHEME = /^[a-z][a-z0-9+.-]{1,15}:\/\//i;
const PATH = /^~?\/[^/].*$/;
const NAME = /^[\w.-]{2,64}\/[\w.-]{2,64}$/;
const NUMBERED = /:|^\d+\./;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}(?:[:/].*)?$/;
const IPV6 = /^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}$/i;
/** Base64 of an address as short as `bob@x.io`. */
const SHORT_BASE64 = /^[A-Za-z0-9+/]{8,19}$/;
const isShortBase64 = (chunk: string): boolean =>
  chunk.length >= 8 && /[a-z0-9][A-Z]/.test(chunk) && SHORT_BASE64.test(chunk);
const KEY = /^[A-Za-z0-9+/_-]{20,}$/;
const ACCOUNT = /^(?=.*\d)[A-Za-z0-9-]{4,40}$/;
const DATE = /^\d{4}-\d{2}(-\d{2})?(t|$)|^\d{1,3}(st|nd|rd|th|pm|am)?$/i;

/**
 * Where a text leads to: addresses, hosts, URLs, paths, accounts, keys, names of repositories. In
 * canonical form, so that case, percent signs, base64, punycode and letters of full width hide nothing.
 * Bounded and linear; what is beyond the bounds is left out.
 */
export function destinationsOfText(text: string): readonly Destination[] {
  const found = new Map<string, Destination>();
  readText(cut(text, MAX_TEXT), found, 0);
  return [...found.values()];
}

/** Where the arguments of a call lead to, and whether that is all. */
export interface ArgumentDestinations {
  readonly destinations: readonly Destination[];
  /** What only parts of them make when they are put together: most of it is none, and it takes long. */
  readonly joined: () => readonly Destination[];
  readonly isWhole: boolean;
}

/**
 * Where the arguments of a call lead to, also what only their parts make when they are put together.
 *
 * Attack: an address is split over two arguments, so that neither holds it.
 */
export function destinationsOfArguments(args: Json): ArgumentDestinations {
  const found = new Map<string, Destination>();
  const { texts, isWhole } = readableOf(args);
  for (const text of texts) readText(text, found, 0);
  const destinations = [...found.values()];
  const joined = (): readonly Destination[] => joinedOf(texts, found);
  return { destinations, joined, isWhole: isWhole && destinations.length < MAX_FOUND };
}

/** What texts make when they are put together, and none of them alone. */
function joinedOf(
  texts: readonly string[],
  alone: ReadonlyMap<string, Destination>,
): readonly Destination[] {
  const parts = texts.filter((text) => text.length <= 253 && !/\s/.test(text));
  if (parts.length < 2) return [];
  const joined = new Map<string, Destination>();
  readJoined(parts, joined);
  for (const key of alone.keys()) joined.delete(key);
  return [...joined.values()];
}

/** What texts without a space make when they are put together: the first ones each with any, others with the next two. */
function readJoined(parts: readonly string[], found: Map<string, Destination>): void {
  let room = MAX_JOINED_TEXT;
  const read = (text: string): void => {
    room -= text.length;
    if (room >= 0) readText(text, found, 1);
  };
  const join = (left: string, right: string): void => {
    for (const between of ['', '@', '.', '/']) read(`${left}${between}${right}`);
  };
  read(cut(parts.join(''), MAX_JOINED_TEXT / 4));
  const first = parts.slice(0, MAX_JOINED);
  for (const left of first) for (const right of first) if (left !== right) join(left, right);
  for (const [at, left] of parts.entries()) {
    if (room < 0) return;
    const [next, last] = [parts[at + 1], parts[at + 2]];
    if (at >= MAX_JOINED && next !== undefined) join(left, next);
    if (next === undefined || last === undefined) continue;
    read(`${left}@${next}.${last}`);
    read(`${left}${next}${last}`);
  }
}

/** Texts of a value that are read. */
export interface Readable {
  readonly texts: readonly string[];
  /** Whether they are all of it. */
  readonly isWhole: boolean;
}

/**
 * Texts and numbers of a value, and names of members that are none a program would give: as many, and as
 * much of them in all, as are read without keeping others waiting. Of a text that is too long the middle
 * goes.
 */
export function readableOf(value: Json): Readable {
  const texts: string[] = [];
  const todo: Json[] = [value];
  let [room, steps] = [MAX_TEXT, 0];
  let isWhole = true;
  const push = (items: readonly Json[]): void => {
    if (items.length > MAX_LEAVES) isWhole = false;
    for (let at = Math.min(items.length, MAX_LEAVES) - 1; at >= 0; at -= 1) {
      todo.push(items[at] as Json);
    }
  };
  while (todo.length > 0) {
    steps += 1;
    if (texts.length >= MAX_LEAVES || room <= 0 || steps > MAX_STEPS) {
      return { texts, isWhole: false };
    }
    const item = todo.pop() as Json;
    if (typeof item === 'string') {
      if (item.length > room) isWhole = false;
      texts.push(cut(item, room));
      room -= item.length;
    } else if (typeof item === 'number') texts.push(String(item));
    else if (isRawNumber(item)) texts.push(item.rawJSON);
    else if (Array.isArray(item)) push(item);
    else if (isJsonObject(item)) {
      const names = Object.keys(item);
      push(Object.values(item));
      const others = names.filter(isToBeRead);
      if (others.length > 0) push(others);
    }
  }
  return { texts, isWhole };
}

const ORDINARY = /^[A-Za-z_$][A-Za-z_$-]{0,30}\d{0,3}$/;
/** Names that nearly every result has. One of them is the protocol's own address, which no result chose. */
const OF_PROTOCOL: ReadonlySet<string> = new Set([
  ...['content', 'structuredContent', 'isError', 'type', 'text', '_meta', 'resultType'],
  ...[SERVER_INFO_KEY, 'name', 'version'],
]);
const isToBeRead = (name: string): boolean => !OF_PROTOCOL.has(name) && !ORDINARY.test(name);

const cut = (text: string, room: number): string => {
  if (text.length <= room) return text;
  const tail = Math.floor(room / 4);
  return `${text.slice(0, room - tail)} ${text.slice(text.length - tail)}`;
};

/** What a unit is in a text that is read for destinations, as bits: a chunk has those of its units. */
const [PLAIN, SMALL, CAPITAL, JOINS, SEPARATES] = [0, 1, 2, 4, 8] as const;
const [DIGIT, SIGN, OTHER] = [16, 32, 64] as const;
const [LETTER, TELLS, ANY] = [SMALL | CAPITAL | OTHER, DIGIT | SIGN | OTHER, 0xff] as const;

const KINDS: Uint8Array = (() => {
  const kinds = new Uint8Array(65_536).fill(OTHER);
  kinds.fill(PLAIN, 0, 0x80).fill(CAPITAL, 0x41, 0x5b).fill(SMALL, 0x61, 0x7b);
  kinds.fill(DIGIT, 0x30, 0x3a);
  for (const sign of '@/%') kinds[sign.charCodeAt(0)] = SIGN;
  for (const joins of '.:') kinds[joins.charCodeAt(0)] = JOINS;
  for (const separator of SEPARATORS) kinds[separator.charCodeAt(0)] = SEPARATES;
  return kinds;
})();

/**
 * Goes through the chunks of a text. Most are words, which lead nowhere: a short one in ASCII without a
 * digit, any of `@/%`, a dot or colon that something stands behind, and a capital behind a small letter.
 */
function readText(covered: string, found: Map<string, Destination>, depth: number): void {
  const text = uncovered(covered);
  let start = -1;
  let [has, before] = [PLAIN as number, PLAIN as number];
  let tells = false;
  for (let at = 0; at <= text.length; at += 1) {
    const kind = at === text.length ? SEPARATES : (KINDS[text.charCodeAt(at)] as number);
    if (kind !== SEPARATES) {
      if (start < 0) start = at;
      tells ||= before === JOINS || (kind === CAPITAL && before === SMALL);
      has |= kind;
      before = kind;
      continue;
    }
    if (start < 0) continue;
    const length = at - start;
    // Three digits number something.
    const least = has === DIGIT ? 4 : 3;
    if ((tells || (has & TELLS) !== 0 || length > MAX_PLAIN) && length >= least) {
      if (found.size >= MAX_FOUND) return;
      const chunk = text.slice(start, at);
      if ((has & OTHER) === 0) readChunk(chunk, has, found, depth);
      else readChunk(chunk.normalize('NFKC'), ANY, found, depth);
    }
    start = -1;
    has = PLAIN;
    before = PLAIN;
    tells = false;
  }
}

/** Reads a chunk for what the units that it has, `has`, can make. */
function readChunk(raw: string, has: number, found: Map<string, Destination>, depth: number): void {
  const whole = trimmed(raw, BEFORE, AFTER);
  if (whole.length < 3) return;
  const isSigned = (has & SIGN) !== 0;
  const chunk = headOf(whole);
  const add = (kind: DestinationKind, canonical: string): void => {
    found.set(`${kind} ${canonical}`, { kind, canonical });
  };
  if (isSigned && depth < MAX_DEPTH && chunk.includes('%')) {
    const plain = withoutPercent(chunk);
    if (plain !== chunk) {
      readText(plain, found, depth + 1);
      return;
    }
  }
  const address = isSigned && chunk.includes('@') ? ADDRESS.exec(chunk) : null;
  if (address !== null) {
    // `name+tag@host` is the account of `name@host`.
    const user = (address[1] ?? '').toLowerCase().replace(/\+.*$/, '');
    add('address', `${user}@${hostName(address[2] ?? '')}`);
    return;
  }
  const isJoined = (has & JOINS) !== 0;
  const host = isJoined && (has & LETTER) !== 0 && chunk.includes('.') ? HOST.exec(chunk) : null;
  if (host !== null && (SCHEME.test(chunk) || !isFileName(chunk))) {
    const name = hostName(host[1] ?? '').replace(/^www\./, '');
    add('host', name);
    const rest = trimmed(host[2] ?? '', '', '/');
    if (rest !== '') {
      add('url', `${name}${rest.toLowerCase()}`);
      if (depth < MAX_DEPTH) readQuery(rest, found, depth);
    }
    return;
  }
  const name = isJoined ? numberedHost(chunk) : undefined;
  if (name !== undefined) {
    add('host', name);
    return;
  }
  if (isSigned && PATH.test(chunk)) add('path', chunk.toLowerCase().replace(/\/+/g, '/'));
  else if (isSigned && NAME.test(chunk)) add('name', chunk.toLowerCase());
  else if ((has & DIGIT) !== 0 && ACCOUNT.test(chunk) && !DATE.test(chunk)) {
    const plain = chunk.toLowerCase().replaceAll('-', '');
    add(chunk.length < LONG_ACCOUNT ? 'id' : 'account', plain);
  }
  // One that is longer is a file.
  const isKey = chunk.length > MAX_PLAIN && KEY.test(chunk);
  if (chunk === whole && isKey) add('key', chunk);
  if (depth < MAX_DEPTH && (chunk.length > MAX_PLAIN ? isKey : isShortBase64(chunk))) {
    const inner = fromBase64(chunk);
    if (inner !== undefined) readText(inner, found, depth + 1);
  }
}

/**
 * As much of a chunk as is read.
 *
 * Attack: what is to be sent out makes the address it is sent to so long that nobody reads it; or a user
 * before the host does.
 */
function headOf(chunk: string): string {
  if (chunk.length <= MAX_CHUNK) return chunk;
  const url = SCHEME.test(chunk) && URL.canParse(chunk) ? new URL(chunk) : undefined;
  const whole =
    url === undefined ? chunk : `${url.protocol}//${url.host}${url.pathname}${url.search}`;
  return whole.slice(0, MAX_CHUNK);
}

/** A host that is no name with a dot: a number in any of its spellings, or what only a scheme makes one. */
function numberedHost(chunk: string): string | undefined {
  if (!NUMBERED.test(chunk)) return undefined;
  if (!SCHEME.test(chunk) && !IPV4.test(chunk) && !IPV6.test(chunk)) return undefined;
  const rest = chunk.replace(SCHEME, '');
  try {
    return new URL(`http://${IPV6.test(rest) ? `[${rest}]` : rest}`).hostname;
  } catch {
    return undefined;
  }
}

/** What a URL carries along: another address in its query. */
function readQuery(rest: string, found: Map<string, Destination>, depth: number): void {
  const query = rest.indexOf('?');
  if (query >= 0) readText(rest.slice(query + 1).replaceAll('&', ' '), found, depth + 1);
}

const FILE =
  /\.(?:pdf|txt|md|csv|json|ya?ml|html?|py|js|ts|c|h|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|zip|exe|log|sh)$/i;
const isFileName = (chunk: string): boolean => !chunk.includes('/') && FILE.test(chunk);

/** A text without what stands around it; no expression, since one would start again at each character. */
function trimmed(text: string, before: string, after: string): string {
  let [start, end] = [0, text.length];
  while (start < end && before.includes(text.charAt(start))) start += 1;
  while (end > start && after.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** What a URL makes of a host that is written plainly is that host. */
const PLAIN_HOST = /^(?:[a-z0-9-]{1,63}\.){0,9}[a-z][a-z0-9-]{0,62}$/;

function hostName(given: string): string {
  const host = given.toLowerCase();
  if (PLAIN_HOST.test(host) && !host.includes('xn--') && !host.includes('-u-')) return host;
  try {
    return new URL(`http://${given.replaceAll('_', '-u-')}`).hostname.replaceAll('-u-', '_');
  } catch {
    return host;
  }
}

/** A text with its percent signs undone, as far as they are any. */
function withoutPercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}

/** What a text is the base64 of, when that is writing; `undefined` otherwise. */
function fromBase64(chunk: string): string | undefined {
  // One letter more than whole groups is no byte.
  if (chunk.length % 4 === 1) return undefined;
  try {
    const text = atob(chunk.replaceAll('-', '+').replaceAll('_', '/'));
    return /^[\t\n\r -~]+$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
