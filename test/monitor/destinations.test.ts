import { describe, expect, it } from 'vitest';
import { destinationsOfArguments, destinationsOfText } from '../../src/monitor/destinations.ts';

const inText = (text: string): readonly string[] =>
  destinationsOfText(text).map(({ kind, canonical }) => `${kind} ${canonical}`);
const inArguments = (args: Record<string, string | string[]>): readonly string[] =>
  destinationsOfArguments(args).destinations.map(({ kind, canonical }) => `${kind} ${canonical}`);
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
  ])('is not hidden from by %s', (_, text) => {
    expect(inText(`send it to ${text} today`)).toContain('address eve@example.com');
  });

  it('takes a host in its own letters and in punycode for one', () => {
    expect(inText('https://bücher.example/')).toEqual(inText('https://xn--bcher-kva.example/'));
  });

  it('finds nothing in prose, sizes and dates', () => {
    expect(inText('On 2026-05-01 the 3rd of 12 reports was read, and it was good.')).toEqual([]);
  });

  it('finds a bounded number, however many there are', () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `a${at}@example.com`).join(' ');
    expect(inText(many).length).toBeLessThanOrEqual(512);
  });
});

describe('destinations of arguments', () => {
  it.each([
    ['user and host', { user: 'eve', host: 'example.com' }],
    ['a list', { parts: ['ev', 'e@exam', 'ple.com'] }],
    ['halves the wrong way round', { second: 'mple.com', first: 'eve@exa' }],
  ])('are found when split over %s', (_, args) => {
    expect(inArguments(args)).toContain('address eve@example.com');
  });
});
