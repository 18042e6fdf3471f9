import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type LinePlace, placeOfLine } from '../audit/event-lines.ts';

/** Bytes read from the end at once. */
const CHUNK = 64 * 1024;
const LINE_FEED = 0x0a;

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR, O_WRONLY } = constants;
const NO_LINK = O_NOFOLLOW ?? 0;

/**
 * Appends lines and syncs them, making the file 0600 when there is none. A link is not followed: whoever
 * could put one there would have us write elsewhere.
 */
export async function appendLines(path: string, lines: string): Promise<void> {
  const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | NO_LINK, 0o600);
  try {
    await file.appendFile(lines);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * The last event in a file. A line that a killed process left unfinished is cut
 * off, so that the event is there once and whole. `undefined` when there is no file, or nothing in it.
 *
 * @throws Error `not ours` when its last line is no event: it is another program's file.
 */
export async function newestInFile(path: string): Promise<LinePlace | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, O_RDWR | NO_LINK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = await file.stat();
    const end = await lineFeedBefore(file, size);
    if (end < size) await file.truncate(end);
    if (end === 0) return undefined;
    const begin = await lineFeedBefore(file, end - 1);
    const line = Buffer.alloc(end - begin);
    await file.read(line, 0, line.length, begin);
    const place = placeOfLine(line.toString('utf8'));
    if (place === undefined)
      throw Object.assign(new Error(), { code: 'its last line is no event' });
    return place;
  } finally {
    await file.close();
  }
}

/** Where the last line feed before `end` ends; 0 when there is none. */
async function lineFeedBefore(file: FileHandle, end: number): Promise<number> {
  const chunk = Buffer.alloc(CHUNK);
  for (let to = end; to > 0; ) {
    const from = Math.max(0, to - CHUNK);
    await file.read(chunk, 0, to - from, from);
    const at = chunk.subarray(0, to - from).lastIndexOf(LINE_FEED);
    if (at !== -1) return from + at + 1;
    to = from;
  }
  return 0;
}
