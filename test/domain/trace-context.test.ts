import { describe, expect, it } from 'vitest';
import { parseTraceContext, traceparent } from '../../src/domain/trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const PARENT = `00-${TRACE}-${SPAN}-01`;

describe('a traceparent', () => {
  it.each([
    [PARENT, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`00-${TRACE}-${SPAN}-fe`, false],
    // A later version, as far as this one goes.
    [`01-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-comes-later`, true],
  ])('is continued: %s', (text, isSampled) => {
    expect(parseTraceContext(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  it.each([
    undefined,
    null,
    1,
    ['', PARENT],
    '',
    PARENT.toUpperCase(),
    ` ${PARENT}`,
    `${PARENT}\n`,
    `${PARENT}-more`,
    `${PARENT}0`,
    `ff-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01more`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}`,
    `0g-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`,
  ])('that is none begins a trace of its own: %j', (text) => {
    expect(parseTraceContext(text, 'a=1')).toBeUndefined();
  });

  it('is written with the one flag that is known', () => {
    const context = parseTraceContext(`cc-${TRACE}-${SPAN}-ff-more`);
    expect(context && traceparent(context)).toBe(PARENT);
    expect(traceparent({ traceId: TRACE, spanId: SPAN, isSampled: false })).toMatch(/-00$/);
  });
});

describe('a tracestate', () => {
  it.each([
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    'tenant@vendor=1 2',
    'a=1 , b=2,,c=3',
    'ot=th:c;rv:abcdefabcdefab',
  ])('goes on as it is: %s', (state) => {
    expect(parseTraceContext(PARENT, state)).toMatchObject({ state });
  });

  it.each([
    5,
    '',
    ' ,',
    'a',
    '=1',
    'A=1',
    'a=1,a=2',
    'a=b=c',
    'a=naïve',
    'a=1\nb=2',
    `a=${'x'.repeat(300)}`,
    Array.from({ length: 33 }, (_, at) => `k${at}=1`).join(','),
    Array.from({ length: 31 }, (_, at) => `k${at}=${'x'.repeat(20)}`).join(','),
  ])('out of form is left out, and the trace goes on: %j', (state) => {
    const context = parseTraceContext(PARENT, state);
    expect(context).toMatchObject({ traceId: TRACE });
    expect(context).not.toHaveProperty('state');
  });
});
