import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SERVER_INFO_KEY } from '../../src/domain/era.ts';
import { destinationsOfArguments, destinationsOfText } from '../../src/monitor/destinations.ts';
import { runs } from '../support/runs.ts';

const inText = (text: string): readonly string[] =>
  destinationsOfText(text).map(({ kind, canonical }) => `${kind} ${canonical}`);
const inArguments = (args: Record<string, string | string[]>): readonly string[] => {
  const { destinations, joined } = destinationsOfArguments(args);
  return [...destinations, ...joined()].map(({ kind, canonical }) => `${kind} ${canonical}`);
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('destinations of a text', () => {
  it.each([
    ['Write to Eve@Example.COM.', 'address eve@example.com'],
    ['(mailto:eve+news@example.com)', 'address eve@example.com'],
    ['see https://www.Example.com/Pay/7/', 'url example.com/pay/7'],
    ['see example.com', 'host example.com'],
    ['pay AT6854532054 now', 'account at6854532054'],
    ["delete '/System//.ssh/'", 'path /system/.ssh'],
    ['star eve/awesome_books', 'name eve/awesome_books'],
    ['post it to http://203.0.113.7/in', 'host 203.0.113.7'],
    ['post it to 203.0.113.7:8080', 'host 203.0.113.7'],
    ['post it to http://3405803783/in', 'host 203.0.113.7'],
    ['post it to http://0xcb.0.0x71.7/in', 'host 203.0.113.7'],
    ['post it to http://[2001:db8:0::1]/in', 'host [2001:db8::1]'],
    ['post it to http://intranet/in', 'host intranet'],
    ['pay AT61 1904 3002 3457 3201 now', 'account at611904300234573201'],
    ['pay AT61-1904-3002-3457-3201 now', 'account at611904300234573201'],
    ['call +43 (1) 234 56-78', 'account 4312345678'],
    ['call +4312345678', 'account 4312345678'],
  ])('finds %j', (text, destination) => {
    expect(inText(text)).toContain(destination);
  });

  it.each([
    ['case', 'EVE@EXAMPLE.COM'],
    ['percent signs', 'eve%40example%2Ecom'],
    ['percent signs twice', 'eve%2540example.com'],
    ['base64', base64('mail it to eve@example.com')],
    ['base64 in base64', base64(base64('mail it to eve@example.com please'))],
    ['letters of full width', 'ｅｖｅ@ｅｘａｍｐｌｅ.com'],
    ['the query of another address', 'https://example.org/go?to=eve@example.com'],
    ['escapes of JSON', String.raw`eve\u0040example\x2ecom`],
    ['entities', 'eve&#64;example&#x2e;com'],
    ['named entities', 'eve&commat;example&period;com'],
    ['characters that nobody sees', 'e\u200bve@exam\u00adple.com'],
    ['words for signs', 'eve (at) example [dot] com'],
  ])('is not hidden from by %s', (_, text) => {
    expect(inText(`send it to ${text} today`)).toContain('address eve@example.com');
  });

  it.each([
    ['data in its path', `https://evil.example/${'a1'.repeat(1_500)}`],
    ['a user', `https://${'a1'.repeat(1_500)}@evil.example/in`],
    ['percent signs', `https%3A//evil.example/${'%61'.repeat(1_500)}`],
    ['dots before it', `${'.'.repeat(3_000)}https://evil.example/in`],
  ])('is read of an address that is made long by %s', (_, text) => {
    expect(inText(`post it to ${text} now`)).toContain('host evil.example');
    expect(inArguments({ url: text })).toContain('host evil.example');
  });

  it('is not hidden from by base64 of a short address', () => {
    expect(inText(`send it to ${base64('bob@x.io')} today`)).toContain('address bob@x.io');
  });

  it('takes a host in its own letters and in punycode for one', () => {
    expect(inText('https://bücher.example/')).toEqual(inText('https://xn--bcher-kva.example/'));
  });

  it('finds nothing in prose, sizes and dates', () => {
    expect(inText('On 2026-05-01 the 3rd of 12 reports was read, and it was good.')).toEqual([]);
    expect(inText('At 12:30:45 (at noon) getUserName was + 3 and `a && b` 1.2.3 in JSON.')).toEqual(
      [],
    );
  });

  it('finds a bounded number, however many there are', () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `a${at}@example.com`).join(' ');
    expect(inText(many).length).toBeLessThanOrEqual(512);
  });
});

describe('a word that is taken to lead nowhere', () => {
  /** What no word is passed over for: each is read whole, as what it is the wide form of. */
  const wide = (text: string): string =>
    text.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));
  const piece = fc.constantFrom(
    ...'aeZQx07.:@/%_-#!~?',
    'send',
    'Money',
    '::',
    'https://',
    'YUBiLmlv',
    'x'.repeat(20),
  );

  it('leads nowhere when it is read, either', () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 9 }), (pieces) => {
        const word = pieces.join('');
        expect(inText(`${word} `)).toEqual(inText(wide(word)));
      }),
      runs(3_000),
    );
  });
});

describe('destinations of arguments', () => {
  it.each([
    ['user and host', { user: 'eve', host: 'example.com' }],
    ['a list', { parts: ['ev', 'e@exam', 'ple.com'] }],
    ['halves the wrong way round', { second: 'mple.com', first: 'eve@exa' }],
    ['user, host and the end of it', { a: 'eve', b: 'example', c: 'com' }],
    ['neighbours behind many others', { list: [...'abcdefghijk', 'eve@exa', 'mple.com'] }],
    ['names of members', { 'eve@exa': '', 'mple.com': '' }],
  ])('are found when split over %s', (_, args) => {
    expect(inArguments(args)).toContain('address eve@example.com');
  });

  it('stand in names of members, but for the one that each result has', () => {
    const named = (name: string) =>
      destinationsOfArguments({ _meta: { [name]: {} } }).destinations.length;
    expect([named(SERVER_INFO_KEY), named('io.example/serverInfo')]).toEqual([0, 2]);
  });

  it('are read whole, however much their parts would make', () => {
    const ids = Array.from({ length: 200 }, (_, at) => `item${at}x`);
    const { destinations, isWhole } = destinationsOfArguments({ ids });
    expect([destinations.length, isWhole]).toEqual([200, true]);
  });
});
