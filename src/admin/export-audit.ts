import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { eventLine } from '../audit/event-lines.ts';
import type { EventFilter } from '../audit/event-store.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventFormat } from '../domain/ship-spec.ts';
import type { AdminContext } from './admin-context.ts';

/** Events read at once. */
const PAGE = 500;

/** Takes lines, one after another. */
export type WriteLines = (text: string) => Promise<void>;

/**
 * Writes matching events, oldest first, one a line, up to what is the newest one when it begins. Holds a
 * page of them at once, however many there are.
 *
 * @param version of this program, which OCSF wants.
 * @returns how many.
 */
export async function exportAudit(
  { events }: Pick<AdminContext, 'events'>,
  filter: EventFilter,
  options: { readonly format: EventFormat; readonly version: string; readonly signal: AbortSignal },
  write: WriteLines,
): Promise<number> {
  const head = (await events.head())?.seq ?? 0;
  const toSeq = Math.min(head, filter.toSeq ?? head);
  let count = 0;
  for (let afterSeq = 0; !options.signal.aborted; ) {
    const page = await events.query({ ...filter, toSeq, afterSeq, limit: PAGE });
    await write(page.map((event) => eventLine(event, options.format, options.version)).join(''));
    count += page.length;
    if (page.length < PAGE) break;
    afterSeq = page.at(-1)?.seq ?? afterSeq;
  }
  return count;
}

/**
 * Has lines written into a new file, private and synced once they are all there.
 *
 * @throws BrokerError `ERR_USAGE` when something is there, `ERR_STORE_FAILED`; what `work` throws.
 */
export async function intoNewFile<T>(
  path: string,
  work: (write: WriteLines) => Promise<T>,
): Promise<T> {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600).catch((error: unknown) => {
    throw fileError(path, error);
  });
  try {
    const result = await work(async (text) => {
      await file.appendFile(text).catch((error: unknown) => {
        throw fileError(path, error);
      });
    });
    await file.sync();
    return result;
  } finally {
    await file.close();
  }
}

function fileError(path: string, error: unknown): BrokerError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return code === 'EEXIST'
    ? new BrokerError('ERR_USAGE', `${path} is there already`, { hint: 'name a file that is not' })
    : new BrokerError('ERR_STORE_FAILED', `${path} cannot be written: ${code}`, { cause: error });
}
