import type { JsonObject } from '../domain/json.ts';
import { stringMember } from '../domain/json.ts';
import { formatToolRef, type ToolRef } from '../domain/tool-ref.ts';
import { exposedName } from './exposed-name.ts';
import { skeleton } from './skeleton.ts';
import { spellHidden } from './spell-hidden.ts';
import type { ToolFlag } from './tool-flag.ts';

/** What a tool server may call a tool; `/` is one more than the specification recommends. */
const NAME = /^[A-Za-z0-9_.\-/]{1,128}$/;
/** A longer name is refused for its form, and compared no further than this. */
const MAX_COMPARED = 256;
/** Fewest characters of a name that nobody writes by chance. */
const MIN_DISTINCTIVE = 8;

/** Names of tools, ready to be compared with. Made once for each list of refs. */
export interface KnownNames {
  /** Tools by the name clients see, lower case. */
  readonly exposed: ReadonlyMap<string, readonly ToolRef[]>;
  /** Tools by the skeleton of that name. */
  readonly looks: ReadonlyMap<string, readonly ToolRef[]>;
  /** Tools by the words that name them in a text: as they are exposed, `server/tool`, a distinctive name. */
  readonly mentions: ReadonlyMap<string, readonly ToolRef[]>;
}

const prepared = new WeakMap<readonly ToolRef[], KnownNames>();

/** The names of these tools. */
export function knownNames(refs: readonly ToolRef[]): KnownNames {
  const known = prepared.get(refs);
  if (known !== undefined) return known;
  const names = { exposed: new Map(), looks: new Map(), mentions: new Map() };
  const add = (map: Map<string, ToolRef[]>, name: string, ref: ToolRef): void => {
    const found = map.get(name);
    if (found === undefined) map.set(name, [ref]);
    else found.push(ref);
  };
  for (const ref of refs) {
    add(names.exposed, exposedName(ref).toLowerCase(), ref);
    for (const look of looksOf(ref)) add(names.looks, look, ref);
    for (const name of [exposedName(ref), formatToolRef(ref)]) add(names.mentions, name, ref);
    if (isDistinctive(ref.tool)) add(names.mentions, ref.tool, ref);
  }
  prepared.set(refs, names);
  return names;
}

/** How a tool's name looks in the list of all servers, and in its own server's. */
const looksOf = ({ server, tool }: ToolRef): readonly string[] => {
  const look = skeleton(tool.slice(0, MAX_COMPARED));
  return [`${skeleton(server)}${look}`, `${server}/${look}`];
};

/** Whether a name has a separator or a hump and some length: `read_file`, not `search`. */
const isDistinctive = (name: string): boolean =>
  name.length >= MIN_DISTINCTIVE && /[a-z0-9][A-Z_.-][A-Za-z0-9]/.test(name);

/**
 * What is wrong with a tool's name: its form (`name_form`), that clients would see another tool's name
 * (`name_collision`, case ignored), that it looks like another tool's (`name_confusable`). All block.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-names
 */
export function flagNames(
  definition: JsonObject,
  server: string,
  others: readonly ToolRef[],
): readonly ToolFlag[] {
  const tool = stringMember(definition, 'name') ?? '';
  const self = { server, tool };
  const flags: ToolFlag[] = [];
  const flag = (kind: ToolFlag['kind'], found: string): void => {
    flags.push({ kind, at: '/name', found, isBlocking: true });
  };
  if (!hasGoodForm(tool)) flag('name_form', spellHidden(tool, { maxChars: 60 }).slice(0, 200));
  const { exposed, looks } = knownNames(others);
  const same = anotherOf(exposed.get(exposedName(self).toLowerCase()), self);
  const alike = looksOf(self)
    .map((look) => anotherOf(looks.get(look), self))
    .find((ref) => ref !== undefined);
  if (same !== undefined) flag('name_collision', refShown(same));
  else if (alike !== undefined) flag('name_confusable', refShown(alike));
  return flags;
}

/** A name of permitted characters, without the segments that paths give a meaning to. */
const hasGoodForm = (name: string): boolean =>
  NAME.test(name) && name.split('/').every((segment) => !['', '.', '..'].includes(segment));

const anotherOf = (refs: readonly ToolRef[] | undefined, self: ToolRef): ToolRef | undefined =>
  refs?.find(({ server, tool }) => server !== self.server || tool !== self.tool);

/** A tool ref as a flag names it. */
export const refShown = (ref: ToolRef): string =>
  spellHidden(formatToolRef(ref), { maxChars: 160 }).slice(0, 200);
