import { describe, expect, it } from 'vitest';
import { storable } from '../../src/audit/storable.ts';

describe('What is stored of an event', () => {
  it('is a copy in which each value has a form, and what was given stays as it was', () => {
    const args = { before: 1, text: '\ud800', gone: undefined, after: [Number.NaN] };
    const given = { ...args };
    expect(storable(args)).toEqual({ before: 1, text: '\ufffd', after: [null] });
    expect(Object.keys(storable(args) as object)).toEqual(['before', 'text', 'after']);
    expect(args).toEqual(given);
    expect(storable({ '\udfff': 1 })).toEqual({ '\ufffd': 1 });
  });

  it('is bounded in depth, whatever is wrong at the bottom', () => {
    let value: unknown = { at: Number.POSITIVE_INFINITY };
    for (let depth = 0; depth < 200; depth += 1) value = { in: value };
    expect(JSON.stringify(storable(value))).toMatch(/\[nested too deeply\]/);
  });
});
