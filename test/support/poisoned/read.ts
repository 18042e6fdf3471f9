import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { PoisonedDefinition } from '../poisoned-definitions.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8'));

/** Written before the rules of `out-of-place.ts`, which were made on them. */
export const freshDefinitions: readonly PoisonedDefinition[] = read('fresh');
/** Written before those rules too, and not looked at until they were done. */
export const unseenDefinitions: readonly PoisonedDefinition[] = read('held-out');
/** Written by somebody who knew the rules and meant to get past them. */
export const evasiveDefinitions: readonly PoisonedDefinition[] = read('evasive');
/** One server's tools that come near: passwords, approvals, messages, shells. */
export const honestDefinitions: readonly JsonObject[] = read('honest');
