import { isGrantName } from '../authorize/grant-schema.ts';
import { isServerKey } from '../domain/tool-ref.ts';

const MAX_KEY = 24;

/**
 * A name a tool server can have, as near to the given one as possible, and not one of those taken:
 * then it is numbered. Names that differ only in case are one name to many clients.
 *
 * @param taken names in lower case.
 */
export function serverKeyFor(name: string, taken: ReadonlySet<string>): string {
  const base = trimmed(name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/__+/g, '_'), MAX_KEY);
  const wanted = isServerKey(base) ? base : 'server';
  for (let number = 1; ; number += 1) {
    const tail = number === 1 ? '' : `-${number}`;
    const key = `${trimmed(wanted, MAX_KEY - tail.length)}${tail}`;
    if (!taken.has(key.toLowerCase())) return key;
  }
}

const trimmed = (text: string, length: number): string =>
  text
    .replace(/^[_-]+/, '')
    .slice(0, length)
    .replace(/[_-]+$/, '');

/** A subject a grant can name, from the name the operating system knows the person by. */
export function subjectFor(userName: string): string {
  const name = userName
    .normalize('NFC')
    .replace(/[*?\s]+/g, '-')
    .slice(0, 64);
  return isGrantName(name) ? name : 'me';
}
