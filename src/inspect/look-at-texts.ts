import { countOrderMarks } from '../domain/conversation-marks.ts';
import { type Aside, phraseFinder } from '../domain/find-phrases.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { ORDERS } from '../domain/order-phrases.ts';
import { replaceSpans } from '../domain/span.ts';
import { countHidden, countHiddenIn, withoutHidden } from './find-hidden.ts';
import { countLinks } from './find-links.ts';
import { type FindShapes, SecretSearch } from './find-secrets.ts';
import { type Found, MAX_COUNTED } from './inspection.ts';

const findOrders = phraseFinder(ORDERS);
/** Places that are named. */
const MAX_PLACES = 10;
/** Shortest text that can hold an order, a link or a secret. */
const MIN_TEXT = 8;

/** Members of a result that are the tool server's handles and no text: altered, they would mean nothing. */
const HANDLES: ReadonlySet<string> = new Set([
  'requestState',
  'nextCursor',
  'taskId',
  'resultType',
]);

/** What is looked for. */
export interface Looks {
  readonly links: boolean;
  readonly findShapes: FindShapes;
}

/** What the texts of a reply hold; whoever asked for it may add what was found elsewhere. */
export interface Seen {
  readonly found: Found;
  /** The parts of the reply where something is: `/content/0`, `/structuredContent`. */
  readonly places: ReadonlySet<string>;
}

/**
 * Looks at every text of a reply once, names of members included: what people cannot see, orders to a
 * model, links, secrets. Content that is base64 is not read.
 */
export function lookAtTexts(value: JsonObject, looks: Looks): Seen {
  const look = new Look(looks);
  for (const name in value) if (!HANDLES.has(name)) look.atPart(name, value[name] as Json);
  return look;
}

const NOWHERE: ReadonlySet<string> = new Set();

/** A look at the texts of one reply. */
class Look implements Seen {
  readonly found: Found = {};
  readonly #looks: Looks;
  #places: Set<string> | undefined;
  /** The part of the reply that is looked at, and which of its items, -1 for all of it. */
  #part = '';
  #index = -1;

  constructor(looks: Looks) {
    this.#looks = looks;
  }

  get places(): ReadonlySet<string> {
    return this.#places ?? NOWHERE;
  }

  atPart(name: string, part: Json): void {
    this.#part = name;
    this.#index = -1;
    if (!isOrdinary(name)) this.#read(name);
    if (!Array.isArray(part)) {
      this.#visit(part);
      return;
    }
    for (let index = 0; index < part.length; index += 1) {
      this.#index = index;
      this.#visit(part[index] as Json);
    }
  }

  #visit(item: Json): void {
    if (typeof item === 'string') this.#read(item);
    else if (Array.isArray(item)) for (const each of item) this.#visit(each);
    else if (isJsonObject(item)) {
      for (const name in item) {
        if (!isOrdinary(name)) this.#read(name);
        if (!isBinary(item, name)) this.#visit(item[name] as Json);
      }
    }
  }

  #read(text: string): void {
    if (text.length < MIN_TEXT) {
      this.#note('hidden', countHidden(text, MAX_COUNTED));
      return;
    }
    const reading = new Reading(text);
    const orders = findOrders(text, MAX_COUNTED, reading).length;
    this.#note('hidden', reading.hidden);
    this.#note('orders', orders + countOrderMarks(text, MAX_COUNTED));
    if (this.#looks.links) this.#note('links', countLinks(text, MAX_COUNTED));
    this.#note('secrets', reading.spans(this.#looks.findShapes).length);
  }

  #note(kind: 'hidden' | 'orders' | 'links' | 'secrets', count: number): void {
    if (count === 0) return;
    this.found[kind] = Math.min(MAX_COUNTED, (this.found[kind] ?? 0) + count);
    this.#places ??= new Set();
    if (this.#places.size < MAX_PLACES) this.#places.add(this.#place());
  }

  #place(): string {
    // A name of the tool server's own is its text too: no place to repeat.
    const at = isOrdinary(this.#part) ? `/${this.#part}` : '/*';
    return this.#index < 0 ? at : `${at}/${this.#index}`;
  }
}

/** What is told of a text while it is searched for orders: what people cannot see, and credentials. */
class Reading extends SecretSearch implements Aside {
  /** Characters people cannot see, at most `MAX_COUNTED`. */
  hidden = 0;

  odd(from: number, units: Uint16Array): void {
    this.hidden += countHiddenIn(this.text, from, units, MAX_COUNTED - this.hidden);
  }
}

/** What is to be changed in a reply. */
export interface Changes {
  readonly stripsHidden: boolean;
  /** Absent: secrets stay. */
  readonly redacts?: FindShapes;
}

/** A reply without what is to go from its texts and names. */
export function changeTexts(value: JsonObject, changes: Changes): JsonObject {
  const clean = (text: string): string => {
    const seen = changes.stripsHidden ? withoutHidden(text) : text;
    if (changes.redacts === undefined) return seen;
    const reading = new Reading(seen);
    findOrders(seen, MAX_COUNTED, reading);
    return replaceSpans(seen, reading.spans(changes.redacts), seen.length);
  };
  const visit = (item: Json): Json => {
    if (typeof item === 'string') return clean(item);
    if (Array.isArray(item)) return item.map(visit);
    return isJsonObject(item) ? members(item, false) : item;
  };
  const members = (object: JsonObject, isTop: boolean): JsonObject => {
    const out = new Map<string, Json>();
    for (const [name, item] of Object.entries(object)) {
      const isKept = (isTop && HANDLES.has(name)) || isBinary(object, name);
      let shown = isOrdinary(name) ? name : clean(name);
      // Never in the place of another one: which of the two a client reads would be the server's choice.
      for (
        let count = 2;
        shown !== name && (out.has(shown) || Object.hasOwn(object, shown));
        count += 1
      ) {
        shown = `${clean(name)} (${count})`;
      }
      out.set(shown, isKept ? item : visit(item));
    }
    return Object.fromEntries(out);
  };
  return members(value, true);
}

/** Whether a name is of the kind every protocol has: nothing can stand in it. */
const isOrdinary = (name: string): boolean => name.length < 40 && /^[A-Za-z0-9_./-]*$/.test(name);

/**
 * Image, audio and blobs, when they are what they claim to be.
 *
 * Attack: a secret in a member that is only called `data`.
 */
function isBinary(object: JsonObject, name: string): boolean {
  if (name !== 'data' && name !== 'blob') return false;
  const { type, uri } = object;
  const isOfKind = name === 'blob' ? uri !== undefined : type === 'image' || type === 'audio';
  const text = object[name];
  return isOfKind && typeof text === 'string' && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
}
