import type { PinnedItem, PinnedServer, Quarantine } from '../domain/catalog-record.ts';
import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';

/** Pinned items of one kind, by name. */
type Items = ReadonlyMap<
  string,
  {
    readonly hash: string;
    readonly inputSchema?: JsonObject;
    readonly outputSchema?: JsonObject;
    readonly quarantine?: Quarantine['reason'];
    /** Its definition says that it changes nothing (`readOnlyHint`). Never a reason to permit anything. */
    readonly isReading?: true;
  }
>;

/** What the decision needs to know of one configured tool server. */
export interface CatalogServer {
  /** `undefined` while the server was never seen and may be started by whoever is granted something of it. */
  readonly tools: Items | undefined;
  /** By the server's own names; `undefined` likewise. */
  readonly prompts: Items | undefined;
  /** By their text; `undefined` likewise. */
  readonly templates: Items | undefined;
  /** Whether it was pinned saying that it has resources, and not all else it offers was taken out. */
  readonly hasResources: boolean;
  readonly isAwaitingApproval?: true;
}

/** Puts what is known of a server as the decision reads it. */
export function serverView(pinned: PinnedServer | undefined, asksFirst: boolean): CatalogServer {
  if (pinned === undefined) {
    const items = asksFirst ? new Map() : undefined;
    const nothing = { tools: items, prompts: items, templates: items, hasResources: false };
    return asksFirst ? { ...nothing, isAwaitingApproval: true } : nothing;
  }
  const view = (
    items: readonly PinnedItem[],
    schemaOf: (definition: JsonObject) => Json | undefined = () => undefined,
  ): Items =>
    new Map(
      items.map(({ name, hash, quarantine, definition }) => {
        const schema = schemaOf(definition);
        const output = member(definition, 'outputSchema');
        return [
          name,
          {
            hash,
            ...(isJsonObject(schema) ? { inputSchema: schema } : {}),
            ...(isJsonObject(output) ? { outputSchema: output } : {}),
            ...(quarantine === undefined ? {} : { quarantine: quarantine.reason }),
            ...(member(member(definition, 'annotations'), 'readOnlyHint') === true
              ? { isReading: true as const }
              : {}),
          },
        ];
      }),
    );
  return {
    tools: view(pinned.tools, (definition) => member(definition, 'inputSchema')),
    prompts: view(pinned.prompts, promptSchema),
    templates: view(pinned.templates),
    hasResources: Object.hasOwn(pinned.capabilities, 'resources') && !isTakenOut(pinned),
  };
}

/** A prompt's arguments as a tool would say them: each is a text. */
function promptSchema(definition: JsonObject): JsonObject {
  const said = member(definition, 'arguments');
  const names = (Array.isArray(said) ? said : []).map((each: Json) => member(each, 'name'));
  const texts = names.filter((name) => typeof name === 'string');
  return { properties: Object.fromEntries(texts.map((name) => [name, { type: 'string' }])) };
}

/**
 * Whether nothing a server offers is approved any more. Resources have no pins of their own: who took
 * everything else out, or sees everything changed, does not mean them to stay.
 */
function isTakenOut({ tools, prompts, templates, changed }: PinnedServer): boolean {
  if (changed !== undefined) return true;
  const items = [...tools, ...prompts, ...templates];
  return items.length > 0 && items.every(({ quarantine }) => quarantine !== undefined);
}

/** Whether anything of a server can be used, by whomever a rule permits it. */
export const isUsable = ({ tools, prompts, templates, hasResources }: CatalogServer): boolean =>
  tools === undefined ||
  hasResources ||
  [tools, prompts, templates].some((items) =>
    [...(items?.values() ?? [])].some(({ quarantine }) => quarantine === undefined),
  );
