import { describe, expect, it } from 'vitest';
import {
  canBeAsked,
  declaresAsks,
  effectiveCapabilities,
} from '../../src/ask/effective-capabilities.ts';
import type { JsonObject } from '../../src/domain/json.ts';

const everything: JsonObject = {
  elicitation: { form: { applyDefaults: true }, url: {}, telepathy: {} },
  sampling: { context: {}, tools: {} },
  roots: { listChanged: true },
  tasks: { list: {} },
  extensions: { 'com.example/x': {} },
  experimental: { y: {} },
};

describe('effectiveCapabilities', () => {
  it('shows nothing where no rule lets the server ask', () => {
    expect(effectiveCapabilities(everything, () => false)).toEqual({});
  });

  it.each([
    ['elicitation', { elicitation: { form: {}, url: {} } }],
    ['sampling', { sampling: { context: {}, tools: {} } }],
    ['roots', { roots: {} }],
  ])('shows what a rule for %s permits and nothing else', (permitted, shown) => {
    expect(effectiveCapabilities(everything, (kind) => kind === permitted)).toEqual(shown);
  });

  it.each([
    ...[{}, { sampling: {} }, { roots: {} }, { elicitation: { form: {} } }, everything],
    ...[
      { elicitation: true, roots: null },
      { tasks: {}, extensions: {} },
    ],
  ])('is worth a decision exactly of a client that declares something of it: %j', (declared) => {
    const shown = effectiveCapabilities(declared, () => true);
    expect(declaresAsks(declared)).toBe(Object.keys(shown).length > 0);
  });

  it('shows nothing that the client does not declare', () => {
    expect(effectiveCapabilities({ sampling: {} }, () => true)).toEqual({ sampling: {} });
  });

  it.each([true, null, 'yes', [], 1])('takes %j for no capability', (value) => {
    expect(effectiveCapabilities({ elicitation: value }, () => true)).toEqual({});
  });

  it('is the same text whatever order and junk the client sends', () => {
    const other = { roots: {}, zzz: {}, elicitation: { url: {}, a: 1, form: {} } };
    const one = { elicitation: { form: {}, url: { b: 2 } }, roots: { listChanged: false } };
    const text = (declared: JsonObject) =>
      JSON.stringify(effectiveCapabilities(declared, () => true));
    expect(text(other)).toBe(text(one));
  });

  it('reads no member through the prototype', () => {
    const declared = JSON.parse('{"__proto__":{"elicitation":{}}}') as JsonObject;
    expect(effectiveCapabilities(declared, () => true)).toEqual({});
  });
});

describe('canBeAsked', () => {
  it.each<[boolean, JsonObject, Parameters<typeof canBeAsked>[1], JsonObject]>([
    [false, {}, 'elicitation', {}],
    [true, { elicitation: {} }, 'elicitation', {}],
    [true, { elicitation: {} }, 'elicitation', { mode: 'form' }],
    [false, { elicitation: {} }, 'elicitation', { mode: 'url' }],
    [true, { elicitation: { url: {} } }, 'elicitation', { mode: 'url' }],
    [false, { elicitation: { url: {} } }, 'elicitation', {}],
    [true, { sampling: {} }, 'sampling', {}],
    [false, { sampling: {} }, 'sampling', { tools: [] }],
    [false, { sampling: {} }, 'sampling', { toolChoice: {} }],
    [true, { sampling: { tools: {} } }, 'sampling', { tools: [] }],
    [true, { roots: {} }, 'roots', {}],
    [false, { sampling: {} }, 'roots', {}],
  ])('says %s of %j for %s %j', (answer, capabilities, kind, params) => {
    expect(canBeAsked(capabilities, kind, params)).toBe(answer);
  });
});
