import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BrokerError } from '../domain/errors.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { guarded, makeFolders } from './replace-file.ts';
import type { Splice } from './text-editor.ts';

/** What is remembered of a connected file, to take our entry out again without a trace. */
export interface Connection {
  readonly client: string;
  /** As the client opens it, absolute. */
  readonly path: string;
  /** SHA-256 of the file as we left it, hex: a file that still has it was changed by nobody. */
  readonly leftHash: string;
  /** The file without us; `undefined`: there was none. */
  readonly baseline: string | undefined;
  /** Our entry, as the client spells it. */
  readonly entry: JsonObject;
  readonly profile: string | undefined;
  /** How our entry was put in. */
  readonly splice: Splice;
  /** Servers taken out; `baseline` has them. */
  readonly movedOut: readonly string[];
  /** Folders made for the file, the outermost first. */
  readonly madeFolders: readonly string[];
}

/** Connections of one state directory: a folder a file, private, for originals hold other people's secrets. */
export interface ConnectionStore {
  find(client: string, path: string): Connection | undefined;
  list(): readonly Connection[];
  /** Remembers a connection, durably; `original` is kept the first time only. */
  put(connection: Connection, original: string | undefined): void;
  /** Forgets a connection. The original goes too, unless `keepsOriginal`. */
  remove(connection: Connection, keepsOriginal: boolean): void;
  /** The file's text before the first change; `undefined` when there was none. */
  originalOf(client: string, path: string): string | undefined;
  /** Where the original is; `undefined` when there is none. */
  backupOf(client: string, path: string): string | undefined;
}

const FILE = 'connection.json';
const ORIGINAL = 'original';

/**
 * Opens the connections below a folder of the state directory; it is made at the first `put`.
 *
 * Methods throw BrokerError `ERR_STORE_CORRUPT` for a file that is not what was written, `ERR_CONFIG`
 * when nothing can be written.
 */
export function openConnections(folder: string): ConnectionStore {
  const placeOf = (client: string, path: string) =>
    join(folder, `${client}-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`);

  const read = (place: string): Connection | undefined => {
    const path = join(place, FILE);
    const text = textAt(path);
    if (text === undefined) return undefined;
    const connection = parseConnection(text);
    if (connection !== undefined) return connection;
    throw new BrokerError('ERR_STORE_CORRUPT', `${path} does not hold what it should`, {
      hint: `the original is beside it, ${join(place, ORIGINAL)}; compare, then remove the folder`,
    });
  };

  return {
    find: (client, path) => read(placeOf(client, path)),
    list: () =>
      namesIn(folder)
        .sort()
        .flatMap((name) => read(join(folder, name)) ?? []),
    put(connection, original) {
      const place = placeOf(connection.client, connection.path);
      makeFolders(place);
      const isFirst = textAt(join(place, FILE)) === undefined;
      if (isFirst) {
        if (original === undefined) rmSync(join(place, ORIGINAL), { force: true });
        else writePrivate(join(place, ORIGINAL), original);
      }
      writePrivate(join(place, FILE), `${JSON.stringify(connection, null, 2)}\n`);
    },
    remove({ client, path }, keepsOriginal) {
      const place = placeOf(client, path);
      if (keepsOriginal) rmSync(join(place, FILE), { force: true });
      else rmSync(place, { recursive: true, force: true });
    },
    originalOf: (client, path) => textAt(join(placeOf(client, path), ORIGINAL)),
    backupOf(client, path) {
      const original = join(placeOf(client, path), ORIGINAL);
      return textAt(original) === undefined ? undefined : original;
    },
  };
}

/** The hash a connection remembers a text by. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function parseConnection(text: string): Connection | undefined {
  let value: Partial<Connection>;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { client, path, leftHash, baseline, entry, profile, splice, movedOut, madeFolders } = value;
  if (typeof client !== 'string' || typeof path !== 'string') return undefined;
  if (typeof leftHash !== 'string' || !isTexts(movedOut) || !isTexts(madeFolders)) return undefined;
  if (baseline !== undefined && typeof baseline !== 'string') return undefined;
  if (profile !== undefined && typeof profile !== 'string') return undefined;
  if (!isJsonObject(entry)) return undefined;
  if (typeof splice?.inserted !== 'string' || typeof splice.removed !== 'string') return undefined;
  if (typeof splice.at !== 'number') return undefined;
  return { client, path, leftHash, baseline, entry, profile, splice, movedOut, madeFolders };
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new BrokerError('ERR_STORE_FAILED', `${path}: ${code ?? 'unknown error'}`);
  }
}

/** Whole or not at all, durably, 0600. */
function writePrivate(path: string, text: string): void {
  guarded(path, () => {
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      const file = openSync(temporary, 'wx', 0o600);
      try {
        writeFileSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    } finally {
      rmSync(temporary, { force: true });
    }
  });
}
