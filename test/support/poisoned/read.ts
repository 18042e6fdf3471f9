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
/** Half of a set in many voices and languages, written before its rules: those they were made on. */
export const variedDefinitions: readonly PoisonedDefinition[] = read('varied-made');
/** The other half, chosen by the hashes of their names and not looked at while the rules were made. */
export const keptDefinitions: readonly PoisonedDefinition[] = read('varied-kept');
/** Written by somebody who knew the rules and meant to get past them. */
export const evasiveDefinitions: readonly PoisonedDefinition[] = read('evasive');
/** Of each public family, 40 of the 60 written without a look at the rules: 53 were flagged at the first look. */
export const familyDefinitions: readonly PoisonedDefinition[] = read('families');
/** One server's tools that come near: passwords, approvals, messages, shells. */
export const honestDefinitions: readonly JsonObject[] = read('honest');
/** Written to come nearer still: they speak of secrets, orders and prompts, and mean no harm. */
export const nearDefinitions: readonly JsonObject[] = read('near');
/** Tools people work with, and their ordinary warnings: 17 of them were flagged at the first look. */
export const workingDefinitions: readonly JsonObject[] = read('working');
