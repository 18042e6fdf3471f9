import { describe, expect, it } from 'vitest';
import {
  kindsOf,
  missingCapabilities,
  readInputRequired,
  readUrlElicitations,
  writeInputRequired,
  writeUrlElicitations,
} from '../../src/ask/input-required.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';

const whole: JsonObject = {
  resultType: 'input_required',
  inputRequests: {
    name: { method: 'elicitation/create', params: { message: 'm' } },
    roots: { method: 'roots/list', params: {} },
  },
  requestState: 'state',
  _meta: { a: 1 },
  later: true,
};

describe('an input-required result', () => {
  it('is the same once it was taken apart and put together', () => {
    expect(writeInputRequired(readInputRequired(whole))).toEqual(whole);
  });

  it('may have a state alone', () => {
    const result = { resultType: 'input_required', requestState: 's' };
    expect(writeInputRequired(readInputRequired(result))).toEqual(result);
  });

  it('may have questions without params', () => {
    const result = { resultType: 'input_required', inputRequests: { r: { method: 'roots/list' } } };
    expect([...readInputRequired(result).questions]).toEqual([
      ['r', { method: 'roots/list', params: {} }],
    ]);
  });

  it.each<[string, Json, Json]>([
    ['nothing', undefined as unknown as Json, undefined as unknown as Json],
    ['a state that is no text', undefined as unknown as Json, 1],
    ['a list of questions', [], 's'],
    ['a question without a method', { a: { params: {} } }, 's'],
    ['a question that is a text', { a: 'roots/list' }, 's'],
    ['params that are a list', { a: { method: 'roots/list', params: [] } }, 's'],
    [
      'more questions than anybody answers',
      Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`${n}`, { method: 'roots/list' }])),
      's',
    ],
  ])('is none with %s', (_, inputRequests, requestState) => {
    const result = {
      resultType: 'input_required',
      ...(inputRequests === undefined ? {} : { inputRequests }),
      ...(requestState === undefined ? {} : { requestState }),
    };
    expect(() => readInputRequired(result)).toThrow('asked for input in no known form');
  });

  it('names the kinds it asks for, and unknown methods as they are', () => {
    const { questions } = readInputRequired({
      inputRequests: { a: { method: 'elicitation/create' }, b: { method: 'x/y' } },
    });
    expect(kindsOf(questions.values())).toEqual(['elicitation', 'x/y']);
  });
});

describe('an error that asks to visit a URL', () => {
  const error = {
    code: -32042,
    message: 'visit',
    data: { elicitations: [{ mode: 'url', url: 'https://a.example/', message: 'm' }], later: 1 },
  };

  it('is questions without a state', () => {
    expect(readUrlElicitations(error)).toEqual({
      questions: new Map([
        ['elicitation-1', { method: 'elicitation/create', params: error.data.elicitations[0] }],
      ]),
      state: undefined,
      rest: {},
    });
  });

  it('is the same error once it was taken apart and put together', () => {
    expect(writeUrlElicitations(error, readUrlElicitations(error).questions)).toEqual(error);
  });

  it.each<[string, JsonObject]>([
    ['names none', { elicitations: [] }],
    ['has a form among them', { elicitations: [{ mode: 'form', message: 'm' }] }],
    ['has no list', {}],
  ])('is none when it %s', (_, data) => {
    expect(() => readUrlElicitations({ ...error, data })).toThrow('in no known form');
  });
});

describe('missingCapabilities', () => {
  it.each<[readonly string[], Json]>([
    [['sampling'], { requiredCapabilities: { sampling: {} } }],
    [[], { requiredCapabilities: [] }],
    [[], null],
  ])('reads %j from %j', (names, data) => {
    expect(missingCapabilities({ code: -32021, message: 'x', data })).toEqual(names);
  });
});
