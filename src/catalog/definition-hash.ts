import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { JsonObject } from '../domain/json.ts';

/**
 * SHA-256 (hex) over a definition's canonical form (RFC 8785), every member included: any change a
 * client could see or a server could mean changes it.
 *
 * @throws TypeError when the definition has no canonical form (a lone surrogate); such a definition
 * cannot be approved.
 */
export const hashDefinition = (definition: JsonObject): string =>
  createHash('sha256').update(canonicalJson(definition)).digest('hex');
