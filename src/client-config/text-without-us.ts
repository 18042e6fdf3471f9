import { isDeepStrictEqual } from 'node:util';
import { ENTRY_ALIAS } from '../admin/client-files.ts';
import { type Connection, hashOf } from './connection-store.ts';
import { entryOf, withEntryOf, withoutEntry } from './entry-text.ts';
import type { FoundClient } from './find-clients.ts';
import { isOurEntry } from './read-entry.ts';

/** Our entry in a text: told by its shape, or by being what we wrote; `undefined` when there is none. */
export function ownEntryIn(
  { client, path }: Pick<FoundClient, 'client' | 'path'>,
  text: string,
  known: Connection | undefined,
): unknown {
  const raw = entryOf({ client, path, text }, ENTRY_ALIAS);
  const isOurs =
    raw !== undefined && (isOurEntry(raw, client.dialect) || isDeepStrictEqual(raw, known?.entry));
  return isOurs ? raw : undefined;
}

/**
 * What a client's file would be without us. A file nobody changed since gets the text it had, to the
 * byte; of one that changed, our entry goes, what was moved out comes back, and the rest stays.
 *
 * @param text `undefined`: there is no file.
 * @returns `undefined`: there would be no file.
 */
export function textWithoutUs(
  { client, path }: FoundClient,
  text: string | undefined,
  known: Connection | undefined,
): string | undefined {
  if (text === undefined) return undefined;
  if (known?.leftHash === hashOf(text)) return known.baseline;
  const file = (now: string) => ({ client, path, text: now });
  const without =
    ownEntryIn({ client, path }, text, known) === undefined
      ? text
      : withoutEntry(file(text), ENTRY_ALIAS, known?.splice);
  if (known?.baseline === undefined) return without;
  const { baseline } = known;
  return known.movedOut.reduce(
    (now, name) =>
      entryOf(file(now), name) === undefined ? withEntryOf(file(now), name, baseline) : now,
    without,
  );
}
