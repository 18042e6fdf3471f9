import type { ItemKind } from '../domain/catalog-record.ts';
import type { ItemFlag } from '../domain/item-flag.ts';
import type { JsonObject } from '../domain/json.ts';
import { askingParameters } from './asks-secret.ts';
import { beyondSchema } from './beyond-schema.ts';
import { type DefinitionText, eachText } from './definition-texts.ts';
import { findOrders, findSecretAsked } from './find-orders.ts';
import { flagNames, knownNames, type NameRef, refShown } from './flag-names.ts';
import { hiddenText, pointerShown } from './hidden-text.ts';
import { nameOf } from './items.ts';
import { spellHidden } from './spell-hidden.ts';

/** Most flags of one kind; more would tell nobody anything new. */
const MAX_OF_KIND = 20;
const MAX_FOUND = 200;
/** How much of one definition is read for orders and names, characters: honest ones have a tenth. */
const MAX_READ = 262_144;
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
  const read = createReader(context, isOwnName, add);
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
  }
  return flags;
}

/** Reads texts for orders and for names of other servers' tools, up to `MAX_READ` in all. */
function createReader(
  { server, others, tools = others }: FlagContext,
  isOwnName: (text: DefinitionText) => boolean,
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
    const orders = isMemberName || isImage ? undefined : findOrders(text);
    if (orders !== undefined) {
      const found = spellHidden(orders).slice(0, MAX_FOUND);
      add({ kind: 'orders', at: pointerShown(path), found, isBlocking: false });
    }
    const asked = isMemberName || isImage ? undefined : findSecretAsked(text);
    if (asked !== undefined) {
      const found = spellHidden(asked).slice(0, MAX_FOUND);
      add({ kind: 'asks_secret', at: pointerShown(path), found, isBlocking: false });
    }
    const other = isOwnName(read) ? undefined : mentioned(text, mentions, server);
    if (other !== undefined) {
      const found = refShown(other);
      add({ kind: 'names_other_tool', at: pointerShown(path), found, isBlocking: false });
    }
  };
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
