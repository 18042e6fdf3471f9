import type { GrantRule } from '../../src/authorize/grant-record.ts';
import type { PolicyState } from '../../src/authorize/policy-state.ts';
import type { RealPath } from '../../src/authorize/within-path.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { grant } from '../authorize/sample-grants.ts';
import { seen, UNSEEN } from './fakes/server-view.ts';

/** An input schema of these properties. */
export const schemaOf = (properties: JsonObject): JsonObject => ({ type: 'object', properties });

const STRING = { type: 'string' };

/** Arguments of each type a condition knows. */
export const SCHEMA = schemaOf({
  path: STRING,
  url: STRING,
  count: { type: 'integer' },
  ratio: { type: 'number' },
  isForced: { type: 'boolean' },
  paths: { type: 'array', items: STRING },
  options: { type: 'object' },
  any: {},
});

/** Nothing is a link. */
export const NO_LINKS: RealPath = (path) => path;

/** Rules as a test writes them: effect and pattern, and perhaps a condition. */
export type ConditionalTexts = readonly (readonly [string, string?])[];

/** Rules on `files/*`: `+` permits, `-` denies; a condition may follow. */
export const conditional = (...texts: ConditionalTexts) =>
  texts.map(([text, when], index): GrantRule => {
    const effect = text.startsWith('-') ? 'deny' : 'permit';
    const pattern = text.slice(1);
    return { effect, pattern, line: 10 + index, ...(when === undefined ? {} : { when }) };
  });

/** `files` with `read` (every type of argument), `bare` without any, and `unseen`, never seen. */
export const stateOf = (
  rules: readonly GrantRule[],
  realPath: RealPath | undefined = NO_LINKS,
): PolicyState => ({
  epoch: 7,
  isHalted: false,
  grants: [grant('g', { rules })],
  servers: new Map([
    [
      'files',
      seen({
        tools: new Map([
          ['read', { hash: 'h1', inputSchema: SCHEMA }],
          ['bare', { hash: 'h2', inputSchema: schemaOf({}) }],
          ['new', { hash: 'h3', inputSchema: schemaOf({}), quarantine: 'unapproved' }],
        ]),
      }),
    ],
    ['unseen', UNSEEN],
  ]),
  ...(realPath === undefined ? {} : { realPath }),
});
