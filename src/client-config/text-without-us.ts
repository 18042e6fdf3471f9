import { type Connection, hashOf } from './connection-store.ts';
import { ENTRY_ALIAS } from './entry-change.ts';
import { entryOf, withEntryOf, withoutEntry } from './entry-text.ts';
import type { FoundClient } from './find-clients.ts';
import { isOurEntry } from './read-entry.ts';

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
  const raw = entryOf(file(text), ENTRY_ALIAS);
  const isOurs = raw !== undefined && isOurEntry(raw, client.dialect);
  const without = isOurs ? withoutEntry(file(text), ENTRY_ALIAS, known?.splice) : text;
  if (known?.baseline === undefined) return without;
  const { baseline } = known;
  return known.movedOut.reduce(
    (now, name) =>
      entryOf(file(now), name) === undefined ? withEntryOf(file(now), name, baseline) : now,
    without,
  );
}
