import { hashDefinition } from '../catalog/definition-hash.ts';
import type { UseTarget } from '../domain/access-request.ts';
import type { ServerOffer } from '../domain/catalog-record.ts';
import { BrokerError } from '../domain/errors.ts';
import { type JsonObject, stringMember } from '../domain/json.ts';

/** A definition as the tool server gives it now. */
export interface LiveItem {
  readonly definition: JsonObject;
  /** SHA-256 (hex) of it. */
  readonly hash: string;
}

/** What a tool server has, by the names it gives it. */
export interface LiveItems {
  /** The definition of what is used; `undefined` for what is not there or has none (a resource). */
  of(target: UseTarget): LiveItem | undefined;
}

/**
 * Hashes every definition of an offer.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL` for two of one name, which a credential in their names may
 * have told apart before it was taken out, and for a definition without canonical form.
 */
export function indexOffer(server: string, offer: ServerOffer): LiveItems {
  const index = (
    definitions: readonly JsonObject[],
    name: string,
  ): ReadonlyMap<string, LiveItem> => {
    const items = new Map(
      definitions.map((definition) => [
        stringMember(definition, name) ?? '',
        { definition, hash: hashOf(server, definition) },
      ]),
    );
    if (items.size === definitions.length) return items;
    throw new BrokerError('ERR_SERVER_PROTOCOL', `tool server ${server} names two items alike`);
  };
  const tools = index(offer.tools, 'name');
  const prompts = index(offer.prompts, 'name');
  const templates = index(offer.templates, 'uriTemplate');
  return {
    of(target) {
      switch (target.kind) {
        case 'tool':
          return tools.get(target.tool);
        case 'prompt':
          return prompts.get(target.prompt);
        case 'template':
          return templates.get(target.template);
        case 'resource':
        case 'server':
          return undefined;
      }
    },
  };
}

/**
 * The hash of what a tool server says.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL` for what has no canonical form.
 */
export function hashOf(server: string, said: JsonObject): string {
  try {
    return hashDefinition(said);
  } catch {
    throw new BrokerError(
      'ERR_SERVER_PROTOCOL',
      `tool server ${server} describes something that has no canonical form`,
    );
  }
}
