import type { ItemKind } from '../domain/catalog-record.ts';
import type { ItemFlag } from '../domain/item-flag.ts';
import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import { askingParameters } from './asks-secret.ts';
import { beyondSchema } from './beyond-schema.ts';
import { type DefinitionText, eachText } from './definition-texts.ts';
import { findOrders, findSecretAsked } from './find-orders.ts';
import { flagNames, knownNames, type NameRef, refShown } from './flag-names.ts';
import { hiddenText, pointerShown } from './hidden-text.ts';
import { nameOf } from './items.ts';
import type { Standing } from './mixtures.ts';
import { otherReadings } from './other-readings.ts';
import { findOutOfPlace, type OutOfPlace } from './out-of-place.ts';
import { findOutOfSight } from './out-of-sight.ts';
import { withoutPlainSayings } from './plain-sayings.ts';
import { readName } from './read-concepts.ts';
import { spellHidden } from './spell-hidden.ts';
import { unknownCall } from './unknown-calls.ts';

/** Most flags of one kind; more would tell nobody anything new. */
const MAX_OF_KIND = 20;
const MAX_FOUND = 200;
/** How much of one definition is read for orders and names, characters: honest ones have half. */
const MAX_READ = 65_536;
/** What each text costs of that beyond its length: reading a hundred thousand short ones takes long too. */
const TEXT_COST = 64;

/** What a definition is looked at beside. */
export interface FlagContext {
  readonly server: string;
  /**
   * What its name must not be mistaken for: tools for a tool, prompts for a prompt, its own server's
   * too; the item itself may be among them. Hand in one array for many items: it is prepared once.
   */
  readonly others: readonly NameRef[];
  /** Tools that its text may name. Absent: `others`. */
  readonly tools?: readonly NameRef[];
}

/**
 * What a person should know about a definition before approving it. Text that people cannot see, a
 * name of a wrong form and a name that is or looks like another one's block; text that gives the model
 * orders or names another server's tool is shown and does not block. Hidden text is looked for in the
 * whole definition, names of members included. A template and instructions have no name to be mistaken.
 *
 * Attack: tool poisoning: a description that the model obeys and the person who approves it does not
 * see or notice.
 */
export function flagItem(
  kind: ItemKind,
  definition: JsonObject,
  context: FlagContext,
): readonly ItemFlag[] {
  const flags: ItemFlag[] = [];
  if (kind === 'tool' || kind === 'prompt') {
    const self = { server: context.server, name: nameOf(kind, definition) };
    flags.push(...flagNames(self, context.others));
  }
  const counts = new Map<string, number>();
  const add = (flag: ItemFlag | undefined): void => {
    if (flag === undefined) return;
    const count = counts.get(flag.kind) ?? 0;
    counts.set(flag.kind, count + 1);
    if (count < MAX_OF_KIND) flags.push(flag);
  };
  const isOwnName = ({ path }: DefinitionText): boolean =>
    path.length === 1 && path[0] === (kind === 'template' ? 'uriTemplate' : 'name');
  const own = kind === 'instructions' ? 0 : readName(nameOf(kind, definition));
  const standingOf = (path: readonly string[]): Standing => ({
    own,
    isParameter: path.includes('properties'),
    isSwitch: isSwitch(definition, path),
    isChoice: path.includes('properties') && (path.at(-2) === 'enum' || path.at(-1) === 'const'),
  });
  const read = createReader(context, standingOf, isOwnName, isOwnTool, add);
  eachText(definition, (text) => {
    // The rest cannot be more than another flag of a kind that blocks already.
    if ((counts.get('hidden_text') ?? 0) < MAX_OF_KIND) {
      add(hiddenText(text, text.isMemberName || isOwnName(text)));
    }
    read(text);
  });
  if (kind === 'tool') {
    for (const flag of askingParameters(definition)) add(flag);
    add(beyondSchema(definition));
    add(unknownCall(definition, isOwnTool));
  }
  return flags;

  function isOwnTool(name: string): boolean {
    const { tools = context.others } = context;
    return knownNames(tools).named.get(context.server)?.has(name) ?? false;
  }
}

/** Reads texts for orders and for names of other servers' tools, up to `MAX_READ` in all. */
function createReader(
  { server, others, tools = others }: FlagContext,
  standingOf: (path: readonly string[]) => Standing,
  isOwnName: (text: DefinitionText) => boolean,
  isOwnTool: (name: string) => boolean,
  add: (flag: ItemFlag) => void,
): (text: DefinitionText) => void {
  const { mentions } = knownNames(tools);
  let left = MAX_READ;
  return (read) => {
    if (left < 0) return;
    const { text, isMemberName, path } = read;
    left -= text.length + TEXT_COST;
    if (left < 0) {
      const found = 'more text than was read for orders and names of tools: what follows was not';
      add({ kind: 'orders', at: pointerShown(path), found, isBlocking: false });
      return;
    }
    const isImage = path[0] === 'icons' && text.startsWith('data:image/');
    const isProse = !isMemberName && !isImage && !isOwnName(read);
    if (isProse) {
      const standing = standingOf(path);
      for (const { kind, sentence } of lookAt(withoutPlainSayings(text, isOwnTool), standing)) {
        const found = spellHidden(sentence).slice(0, MAX_FOUND);
        add({ kind, at: pointerShown(path), found, isBlocking: false });
      }
    }
    const other = isOwnName(read) ? undefined : mentioned(text, mentions, server);
    if (other !== undefined) {
      const found = refShown(other);
      add({ kind: 'names_other_tool', at: pointerShown(path), found, isBlocking: false });
    }
  };
}

/** Whether a text describes a parameter whose type is `boolean`. */
function isSwitch(definition: JsonObject, path: readonly string[]): boolean {
  if (path.at(-1) !== 'description' || path.at(-3) !== 'properties') return false;
  let schema: Json | undefined = definition;
  for (const segment of path.slice(0, -1)) {
    schema = isJsonObject(schema) ? member(schema, segment) : undefined;
  }
  return isJsonObject(schema) && member(schema, 'type') === 'boolean';
}

/** What a text asks or orders, by each way of looking; the same kind once. */
function lookAt(text: string, standing: Standing): readonly OutOfPlace[] {
  const orders = findOrders(text) ?? findOutOfSight(text);
  const asked = findSecretAsked(text);
  const noticed: OutOfPlace[] = [];
  if (orders !== undefined) noticed.push({ kind: 'orders', sentence: orders });
  if (asked !== undefined) noticed.push({ kind: 'asks_secret', sentence: asked });
  const odd = findOutOfPlace(text, standing);
  if (odd !== undefined && !noticed.some(({ kind }) => kind === odd.kind)) noticed.push(odd);
  if (noticed.length === 0 && otherReadings(text).some((said) => findOutOfPlace(said, standing))) {
    noticed.push({ kind: 'orders', sentence: text });
  }
  return noticed;
}

/** The first tool of another server that a text names, when its own server has none of that name. */
function mentioned(
  text: string,
  mentions: ReadonlyMap<string, readonly NameRef[]>,
  server: string,
): NameRef | undefined {
  if (mentions.size === 0) return undefined;
  for (const word of text.split(/[^A-Za-z0-9_./-]+/)) {
    const refs = mentions.get(word) ?? mentions.get(word.replace(/[./-]$/, ''));
    if (refs !== undefined && !refs.some((ref) => ref.server === server)) return refs[0];
  }
  return undefined;
}
