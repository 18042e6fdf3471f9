import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Clients keep histories in the same file; more than this is not a file people or clients wrote. */
const MAX_BYTES = 64 * 1_048_576;

/** A client's file as it was found. */
export interface ClientFile {
  readonly bytes: Buffer;
  /** The bytes as UTF-8, a byte order mark kept. */
  readonly text: string;
}

/**
 * Reads a client's file, links followed.
 *
 * @returns the file, or what is wrong with it; a folder, a pipe or a device is never read.
 */
export function readClientFile(path: string): ClientFile | { readonly problem: string } {
  let file: number;
  try {
    // NONBLOCK: opening a pipe would wait for ever.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT') return { problem: 'is not there' };
    if (code === 'EACCES') return { problem: 'may not be read by this user' };
    return { problem: `cannot be opened (${code})` };
  }
  try {
    const seen = fstatSync(file);
    if (!seen.isFile()) return { problem: 'is not a file' };
    if (seen.size > MAX_BYTES) return { problem: 'is larger than 64 MiB' };
    const bytes = readFileSync(file);
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { bytes, text };
  } catch {
    return { problem: 'is not UTF-8' };
  } finally {
    closeSync(file);
  }
}
