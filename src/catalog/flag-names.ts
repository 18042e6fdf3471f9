import type { ItemFlag } from '../domain/item-flag.ts';
import { exposedAs } from './exposed-name.ts';
import { skeleton } from './skeleton.ts';
import { spellHidden } from './spell-hidden.ts';

/** What a tool server may call a tool or prompt; `/` is one more than the specification recommends. */
const NAME = /^[A-Za-z0-9_.\-/]{1,128}$/;
/** A longer name is refused for its form, and compared no further than this. */
const MAX_COMPARED = 256;
/** Fewest characters of a name that nobody writes by chance. */
const MIN_DISTINCTIVE = 8;

/** One name of one name space: a tool's among tools, a prompt's among prompts. */
export interface NameRef {
  readonly server: string;
  readonly name: string;
}

/** Names of one name space, ready to be compared with. Made once for each list of refs. */
export interface KnownNames {
  /** By the name clients see, lower case. */
  readonly exposed: ReadonlyMap<string, readonly NameRef[]>;
  /** By the skeleton of that name. */
  readonly looks: ReadonlyMap<string, readonly NameRef[]>;
  /** Distinctive names by their skeleton alone, whosever they are. */
  readonly elsewhere: ReadonlyMap<string, readonly NameRef[]>;
  /** By the words that name them in a text: as they are exposed, `server/name`, a distinctive name. */
  readonly mentions: ReadonlyMap<string, readonly NameRef[]>;
  /** The names of each server. */
  readonly named: ReadonlyMap<string, ReadonlySet<string>>;
}

const prepared = new WeakMap<readonly NameRef[], KnownNames>();

/** These names, prepared. */
export function knownNames(refs: readonly NameRef[]): KnownNames {
  const known = prepared.get(refs);
  if (known !== undefined) return known;
  const named = new Map<string, Set<string>>();
  const names = {
    exposed: new Map(),
    looks: new Map(),
    elsewhere: new Map(),
    mentions: new Map(),
    named,
  };
  const add = (map: Map<string, NameRef[]>, name: string, ref: NameRef): void => {
    const found = map.get(name);
    if (found === undefined) map.set(name, [ref]);
    else found.push(ref);
  };
  for (const ref of refs) {
    const exposed = exposedAs(ref.server, ref.name);
    named.set(ref.server, (named.get(ref.server) ?? new Set()).add(ref.name));
    add(names.exposed, exposed.toLowerCase(), ref);
    for (const look of looksOf(ref)) add(names.looks, look, ref);
    for (const name of [exposed, `${ref.server}/${ref.name}`]) add(names.mentions, name, ref);
    if (isDistinctive(ref.name)) {
      add(names.mentions, ref.name, ref);
      add(names.elsewhere, skeleton(ref.name.slice(0, MAX_COMPARED)), ref);
    }
  }
  prepared.set(refs, names);
  return names;
}

/** How a name looks in the list of all servers, and in its own server's. */
const looksOf = ({ server, name }: NameRef): readonly string[] => {
  const look = skeleton(name.slice(0, MAX_COMPARED));
  return [`${skeleton(server)}${look}`, `${server}/${look}`];
};

/** Whether a name has a separator or a hump and some length: `read_file`, not `search`. */
const isDistinctive = (name: string): boolean =>
  name.length >= MIN_DISTINCTIVE && /[a-z0-9][A-Z_.-][A-Za-z0-9]/.test(name);

/**
 * What is wrong with a tool's or prompt's name: its form (`name_form`), that clients would see another
 * one's name (`name_collision`, case ignored), that it looks like another one's (`name_confusable`). All
 * block.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-names
 */
export function flagNames(self: NameRef, others: readonly NameRef[]): readonly ItemFlag[] {
  const { server, name } = self;
  const flags: ItemFlag[] = [];
  const flag = (kind: ItemFlag['kind'], found: string): void => {
    flags.push({ kind, at: '/name', found, isBlocking: true });
  };
  if (!hasGoodForm(name)) flag('name_form', spellHidden(name, { maxChars: 60 }).slice(0, 200));
  const { exposed, looks, elsewhere } = knownNames(others);
  const same = anotherOf(exposed.get(exposedAs(server, name).toLowerCase()), self);
  const alike = looksOf(self)
    .map((look) => anotherOf(looks.get(look), self))
    .find((ref) => ref !== undefined);
  const mimicked = elsewhere.get(skeleton(name.slice(0, MAX_COMPARED)))?.find(isMimicked);
  if (same !== undefined) flag('name_collision', refShown(same));
  else if (alike !== undefined) flag('name_confusable', refShown(alike));
  else if (mimicked !== undefined) flag('name_confusable', refShown(mimicked));
  return flags;

  /** `read_fi1e` is another server's `read_file` misspelled; `readFile` is a name of its own. */
  function isMimicked(ref: NameRef): boolean {
    return ref.server !== server && letters(ref.name) !== letters(name);
  }
}

/** A name without what people write differently: case and separators. */
const letters = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}|]/gu, '');

/** A name of permitted characters, without the segments that paths give a meaning to. */
const hasGoodForm = (name: string): boolean =>
  NAME.test(name) && name.split('/').every((segment) => !['', '.', '..'].includes(segment));

const anotherOf = (refs: readonly NameRef[] | undefined, self: NameRef): NameRef | undefined =>
  refs?.find(({ server, name }) => server !== self.server || name !== self.name);

/** A name as a flag shows it. */
export const refShown = ({ server, name }: NameRef): string =>
  spellHidden(`${server}/${name}`, { maxChars: 160 }).slice(0, 200);
