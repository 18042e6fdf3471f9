import type { ItemFlag } from '../domain/item-flag.ts';
import { type JsonObject, stringMember } from '../domain/json.ts';
import { namesIn } from './beyond-schema.ts';
import { spellHidden } from './spell-hidden.ts';

/** How much of a description is read, characters. */
const MAX_READ = 32_768;
/** A name as tools have it where a call is spoken of. Each repetition is bounded. */
const CALLED =
  /\b(?:[Cc]all(?:ing)?|[Ii]nvok(?:e|ing)|[Rr]un(?:ning)?)\s{1,3}(?:the\s{1,3})?[`'"]?([a-z][a-z0-9]{1,30}(?:_[a-z0-9]{1,30}){1,6})\b|\b([a-z][a-z0-9]{1,30}(?:_[a-z0-9]{1,30}){1,6})[`'"]?\s{1,3}(?:tool|is\s{1,3}(?:called|used|invoked|run))\b/g;

/**
 * The first call that a description speaks of and that is none of its own server's tools, nor anything
 * its schemas name. No other server has to be known for it.
 *
 * Attack: shadowing: "when `create_payment` is called, …", from a server that has no such tool.
 */
export function unknownCall(
  definition: JsonObject,
  isOwnTool: (name: string) => boolean,
): ItemFlag | undefined {
  const description = stringMember(definition, 'description')?.slice(0, MAX_READ);
  if (description === undefined) return undefined;
  let known: ReadonlySet<string> | undefined;
  for (const [, before, after] of description.matchAll(CALLED)) {
    const name = before ?? after ?? '';
    known ??= namesIn(definition);
    if (known === undefined) return undefined;
    if (known.has(name) || isOwnTool(name)) continue;
    const found = spellHidden(name, { maxChars: 160 });
    return { kind: 'names_other_tool', at: '/description', found, isBlocking: false };
  }
  return undefined;
}
