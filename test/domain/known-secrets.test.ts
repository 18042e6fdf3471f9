import { describe, expect, it } from 'vitest';
import { knownForms, replaceKnown } from '../../src/domain/known-secrets.ts';

const SECRET = `it's (a) /Pass~word!* & é`;
const forms = knownForms([SECRET]);
const bytesOf = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
/** As RFC 3986 has it, but for what a program leaves as it is besides. */
const encoded = (kept: RegExp): string =>
  [...SECRET].map((one) => (kept.test(one) ? one : bytesOf(one))).join('');

const upper = (text: string): string => text.replace(/%[0-9a-f]{2}/g, (mark) => mark.toUpperCase());

describe('a known secret', () => {
  it.each([
    ['all but unreserved characters', upper(encoded(/[A-Za-z0-9\-._~]/))],
    ['the same in lower case', encoded(/[A-Za-z0-9\-._~]/)],
    ['all but those and slashes', encoded(/[A-Za-z0-9\-._~/]/)],
    ['what encodeURIComponent encodes', encodeURIComponent(SECRET)],
    ['what encodeURI encodes', encodeURI(SECRET)],
    ['what a form encodes', new URLSearchParams({ q: SECRET }).toString()],
  ])('is found percent-encoded: %s', (_, text) => {
    expect(replaceKnown(`x${text}y`, forms)).toMatch(/^x(q=)?\[redacted:known\]y$/);
  });
});
