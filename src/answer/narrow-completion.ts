import type { AccessRequest } from '../domain/access-request.ts';
import type { Decision } from '../domain/decision.ts';
import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';

/** Values one completion may hold; the protocol has 100. */
const MAX_VALUES = 1_000;

/**
 * What a client gets of the values for an argument of a resource template: those with which, beside
 * what it has filled in already, the template expands to something it could read.
 *
 * Attack: who may read one folder has the names in all the others completed.
 */
export const narrowCompletion =
  (server: string, template: string, params: JsonObject) =>
  (result: JsonObject, decide: (request: AccessRequest) => Decision): JsonObject => {
    const completion = member(result, 'completion');
    const values = member(completion, 'values');
    if (!isJsonObject(completion) || !Array.isArray(values)) return result;
    const argument = stringMember(member(params, 'argument'), 'name') ?? '';
    const known = member(member(params, 'context'), 'arguments');
    const others = isJsonObject(known) ? Object.entries(known) : [];
    const couldBeRead = (value: Json): boolean =>
      typeof value === 'string' &&
      fillings(template, new Map([...others, [argument, value]])).some(
        (filled) => decide({ kind: 'template', server, template, filled }).kind === 'permit',
      );
    const given = (values as readonly Json[]).slice(0, MAX_VALUES).filter(couldBeRead);
    if (given.length === values.length) return result;
    const { total: _ofAll, ...rest } = completion;
    return { ...result, completion: { ...rest, values: given } };
  };

/** An expression of one variable; the others stay open. */
const EXPRESSION = /\{([+/]?)([A-Za-z0-9_.%]+)\*?\}/g;

/** The template filled in as RFC 6570 has it, and as servers do that put values in as they are. */
function fillings(template: string, values: ReadonlyMap<string, Json>): readonly string[] {
  const fill = (put: (value: string, operator: string) => string): string =>
    template.replace(EXPRESSION, (expression, operator: string, name: string) => {
      const value = values.get(name);
      if (typeof value !== 'string') return expression;
      return `${operator === '/' ? '/' : ''}${put(value.toWellFormed(), operator)}`;
    });
  return [
    fill((value, operator) => (operator === '+' ? encodeURI(value) : encodeURIComponent(value))),
    // A brace of a value would open an expression.
    fill((value) => value.replace(/[{}]/g, encodeURIComponent)),
  ];
}
