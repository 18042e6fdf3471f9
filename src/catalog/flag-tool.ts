import type { JsonObject } from '../domain/json.ts';
import type { ToolRef } from '../domain/tool-ref.ts';
import { findUnseen } from '../domain/unseen.ts';
import { type DefinitionText, eachText, jsonPointer } from './definition-texts.ts';
import { findOrders } from './find-orders.ts';
import { flagNames, knownNames, refShown } from './flag-names.ts';
import { spellHidden } from './spell-hidden.ts';
import type { ToolFlag } from './tool-flag.ts';

/** Most flags of one kind; more would tell nobody anything new. */
const MAX_OF_KIND = 20;
/** Longest pointer that is shown whole, characters. */
const MAX_AT = 200;
const MAX_FOUND = 200;
/** Shown before the first hidden character. */
const CONTEXT = 24;
/** How much of one definition is read for orders and names, characters: honest ones have a tenth. */
const MAX_READ = 262_144;
/** What each text costs of that beyond its length: reading a hundred thousand short ones takes long too. */
const TEXT_COST = 64;

/**
 * What a person should know about a definition before approving it. Text that people cannot see, a
 * name of a wrong form and a name that is or looks like another tool's block; text that gives the model
 * orders or names another server's tool is shown and does not block. Hidden text is looked for in the
 * whole definition, names of members included.
 *
 * Attack: tool poisoning: a description that the model obeys and the person who approves it does not
 * see or notice.
 *
 * @param context `others` are the tools the name must not be mistaken for, its own server's too; the
 *   tool itself may be among them. Hand in one array for many tools: it is prepared once.
 */
export function flagTool(
  definition: JsonObject,
  context: { readonly server: string; readonly others: readonly ToolRef[] },
): readonly ToolFlag[] {
  const flags = [...flagNames(definition, context.server, context.others)];
  const counts = new Map<string, number>();
  const add = (flag: ToolFlag | undefined): void => {
    if (flag === undefined) return;
    const count = counts.get(flag.kind) ?? 0;
    counts.set(flag.kind, count + 1);
    if (count < MAX_OF_KIND) flags.push(flag);
  };
  const read = createReader(context, add);
  eachText(definition, (text) => {
    // The rest cannot be more than another flag of a kind that blocks already.
    if ((counts.get('hidden_text') ?? 0) < MAX_OF_KIND) add(hiddenText(text));
    read(text);
  });
  return flags;
}

function hiddenText({ text, isMemberName, path }: DefinitionText): ToolFlag | undefined {
  if (PLAIN.test(text)) return undefined;
  const isName = isMemberName || isToolName(path);
  for (const { at, character } of findUnseen(text)) {
    if (!isName && (WHITE_SPACE.has(character) || isEmojiStyle(text, at))) continue;
    const before = spellHidden(text.slice(Math.max(0, at - CONTEXT), at).toWellFormed());
    const after = spellHidden(text.slice(at), { maxChars: MAX_FOUND });
    const found = `${before.slice(-MAX_FOUND / 2)}${after}`.slice(0, MAX_FOUND);
    return { kind: 'hidden_text', at: pointerShown(path), found, isBlocking: true };
  }
  return undefined;
}

const isToolName = (path: readonly string[]): boolean => path.length === 1 && path[0] === 'name';

/** Nothing but printable ASCII, as most texts. */
const PLAIN = /^[ -~]*$/;

/** Line ends and tabs: descriptions have them. Not in names. */
const WHITE_SPACE: ReadonlySet<string> = new Set(['\n', '\r', '\t']);

/**
 * Whether the character at `at` asks for the coloured form of the emoji before it (`⚠️`), and no further
 * selector follows: what people see is what is said. Runs of selectors carry hidden text.
 */
const isEmojiStyle = (text: string, at: number): boolean =>
  text[at] === '\ufe0f' &&
  /\p{Extended_Pictographic}$/u.test(text.slice(Math.max(0, at - 2), at)) &&
  !/^[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u.test(text.slice(at + 1, at + 3));

/** Reads texts for orders and for names of other servers' tools, up to `MAX_READ` in all. */
function createReader(
  context: { readonly server: string; readonly others: readonly ToolRef[] },
  add: (flag: ToolFlag) => void,
): (text: DefinitionText) => void {
  const { mentions } = knownNames(context.others);
  let left = MAX_READ;
  return ({ text, isMemberName, path }) => {
    if (left < 0) return;
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
    const other = isToolName(path) ? undefined : mentioned(text, mentions, context.server);
    if (other !== undefined) {
      const found = refShown(other);
      add({ kind: 'names_other_tool', at: pointerShown(path), found, isBlocking: false });
    }
  };
}

/** The first tool of another server that a text names, when its own server has none of that name. */
function mentioned(
  text: string,
  mentions: ReadonlyMap<string, readonly ToolRef[]>,
  server: string,
): ToolRef | undefined {
  if (mentions.size === 0) return undefined;
  for (const word of text.split(/[^A-Za-z0-9_./-]+/)) {
    const refs = mentions.get(word) ?? mentions.get(word.replace(/[./-]$/, ''));
    if (refs !== undefined && !refs.some((ref) => ref.server === server)) return refs[0];
  }
  return undefined;
}

function pointerShown(path: readonly string[]): string {
  const pointer = spellHidden(jsonPointer(path.map((segment) => segment.slice(0, MAX_AT))));
  return pointer.length <= MAX_AT ? pointer : `${pointer.slice(0, MAX_AT - 1)}…`;
}
