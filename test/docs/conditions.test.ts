import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { NOW } from '../authorize/sample-grants.ts';
import { conditional, NO_LINKS, schemaOf, stateOf } from '../support/conditions.ts';
import { seen } from '../support/fakes/server-view.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/grants.md'), 'utf8');
const code = (cell: string): string => cell.replace(/^ *`|` *$/g, '').replaceAll('\\|', '|');

/** The rows of the examples: a condition, arguments of which it holds, and of which it does not. */
const rows = page
  .split('\n')
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map(code),
  )
  .filter(([, yes = '', no = '']) => yes.startsWith('{') && no.startsWith('{'));

const STRING = { type: 'string' };
const inputSchema = schemaOf({
  path: STRING,
  paths: { type: 'array', items: STRING },
  url: STRING,
  repo: STRING,
  limit: { type: 'integer' },
  draft: { type: 'boolean' },
});

describe('the conditions in docs/grants.md', () => {
  it('are there', () => {
    expect(rows.length).toBeGreaterThan(5);
  });

  it.each(rows)('%s holds for %s and not for %s', (when, yes, no) => {
    const state = {
      ...stateOf(conditional(['+s/tool', when]), NO_LINKS),
      servers: new Map([['s', seen({ tools: new Map([['tool', { hash: 'h', inputSchema }]]) })]]),
    };
    const asker = { subject: 'alice', sessionId: 's', sessionOpenedAt: NOW - 1_000 };
    const answers = [yes, no].map((text) => {
      const args = JSON.parse(text ?? '') as JsonObject;
      const request = { kind: 'tool', server: 's', tool: 'tool', args } as const;
      const decision = decide(state, asker, request, NOW);
      return decision.kind === 'permit' ? 'permit' : decision.reason;
    });
    expect(answers).toEqual(['permit', 'condition_false']);
  });
});
