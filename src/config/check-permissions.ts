import { type Dirent, lstatSync, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BrokerError } from '../domain/errors.ts';

/** The files a broker obeys, absolute. A `LoadedConfig` is one. */
export interface TrustedPaths {
  readonly configPath: string;
  readonly grantsDir: string;
  readonly lockPath: string;
  readonly stateDir: string;
}

/** Bits nobody else may have: any at all (`private`), or write (`readable`). */
type Guard = 'private' | 'readable';

/** What a broker reads in the state directory itself: the database with what belongs to it, its name. */
const STATE_FILE = /^(?:toolgrant\.db(?:-wal|-shm|-journal)?|broker-id)$/;

/**
 * Refuses to go on while others can write the configuration, the grants or the lock, or read or write
 * the state, its database, a key or a stored secret, or write any folder on the way to one of them (S7): whoever can,
 * puts files of their own choice in place and grants themselves everything.
 *
 * A group's write bit is tolerated only on a group of the process's own user alone (its id equals the
 * user's, as most Linux systems set up). Files of another user than this one and root are refused
 * whatever their mode. What does not exist yet is not judged. Symbolic links are judged at both ends,
 * each of a chain. Access control lists beyond the mode are not looked at.
 *
 * @param uid the process's user; `undefined` where the platform has none: nothing is checked.
 * @throws BrokerError `ERR_STATE_UNSAFE` naming path, mode and the command that fixes it.
 */
export function checkPermissions(paths: TrustedPaths, uid: number | undefined): void {
  if (uid === undefined) return;
  for (const look of looks(paths, uid)) look();
}

/** As `checkPermissions`, but goes on: everything that is wrong, each once, for a person to read. */
export function permissionProblems(
  paths: TrustedPaths,
  uid: number | undefined,
): readonly BrokerError[] {
  if (uid === undefined) return [];
  const found = new Map<string, BrokerError>();
  for (const look of looks(paths, uid)) {
    try {
      look();
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      found.set(error.message, error);
    }
  }
  return [...found.values()];
}

/** Every look that is taken, in order; each throws at the first thing wrong it meets. */
function* looks(paths: TrustedPaths, uid: number): Generator<() => void> {
  yield () => checkConfigFile(paths.configPath, uid);
  yield* tree(paths.grantsDir, uid, 'readable', ({ name }) => /\.ya?ml$/.test(name));
  yield () => void check(paths.lockPath, uid, 'readable');
  // A folder of such a name is no database: the store refuses it.
  yield* tree(
    paths.stateDir,
    uid,
    'private',
    (one) => !one.isDirectory() && STATE_FILE.test(one.name),
  );
  yield* tree(join(paths.stateDir, 'keys'), uid, 'private', () => true);
  yield* tree(join(paths.stateDir, 'profiles'), uid, 'private', () => true);
  yield* tree(join(dirname(paths.configPath), 'secrets'), uid, 'private', () => true);
}

/** Who can read or write one file that holds a secret; `undefined` when nobody else, or it is not there. */
export function secretFileProblem(path: string, uid: number | undefined): BrokerError | undefined {
  if (uid === undefined) return undefined;
  try {
    check(path, uid, 'private');
    return undefined;
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
}

/**
 * The same for the configuration and the way to it alone, before the file is read and believed.
 *
 * @throws BrokerError `ERR_STATE_UNSAFE`.
 */
export function checkConfigFile(configPath: string, uid: number | undefined): void {
  if (uid === undefined) return;
  checkWay(configPath, uid);
  check(configPath, uid, 'readable');
}

function* tree(
  folder: string,
  uid: number,
  guard: Guard,
  isJudged: (one: Dirent) => boolean,
): Generator<() => void> {
  yield () => checkWay(folder, uid);
  // A folder that is open to others is one more reason to look at what is in it.
  let isThere = true;
  yield () => {
    isThere = check(folder, uid, guard);
  };
  let entries: readonly Dirent[] = [];
  yield () => {
    if (isThere) entries = entriesOf(folder);
  };
  for (const one of entries) {
    if (isJudged(one)) yield () => void check(join(folder, one.name), uid, guard);
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    const found = readdirSync(folder, { withFileTypes: true });
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw unsafe(
      code === 'ENOTDIR' ? `${folder} is not a folder` : `${folder} cannot be listed: ${code}`,
    );
  }
}

/** Judges a path, through its symbolic links, and names it as it was given. `false` when it does not exist. */
function check(path: string, uid: number, guard: Guard, named = path): boolean {
  const link = stat(path, lstatSync);
  if (link === undefined) return false;
  if (!link.isSymbolicLink()) {
    judge(named, link, uid, guard);
    return true;
  }
  checkOwner(path, link, uid);
  // Also ends a chain without end, before it is followed link by link.
  if (stat(path, statSync) === undefined) {
    throw unsafe(`${path} is a link that leads nowhere`, `rm ${path}`);
  }
  const target = resolve(dirname(path), readlinkSync(path));
  checkWay(target, uid);
  return check(target, uid, guard, named);
}

/**
 * Judges every folder a path leads through, up to the root, links followed. Attack: who can write one
 * of them moves the next away and puts a link to another folder of the victim's in its place.
 */
function checkWay(path: string, uid: number): void {
  for (let step = path; dirname(step) !== step; step = dirname(step)) {
    const folder = dirname(step);
    const link = stat(folder, lstatSync);
    if (link === undefined) continue;
    if (link.isSymbolicLink()) {
      checkOwner(folder, link, uid);
      if (stat(folder, statSync) !== undefined) {
        checkWay(resolve(dirname(folder), readlinkSync(folder), 'x'), uid);
      }
    } else checkFolder(folder, link, uid);
  }
}

function checkFolder(folder: string, seen: Stats, uid: number): void {
  checkOwner(folder, seen, uid);
  // In a folder with the sticky bit others can add files, not replace ours.
  if ((seen.mode & 0o1000) === 0) judgeMode(folder, seen, uid, 'readable');
}

function judge(path: string, seen: Stats, uid: number, guard: Guard): void {
  checkOwner(path, seen, uid);
  judgeMode(path, seen, uid, guard);
}

function checkOwner(path: string, seen: Stats, uid: number): void {
  if (seen.uid === uid || seen.uid === 0) return;
  throw unsafe(`${path} belongs to user ${seen.uid}, not to ${uid}`, `chown ${uid} ${path}`);
}

function judgeMode(path: string, seen: Stats, uid: number, guard: Guard): void {
  const mode = (seen.mode & 0o7777).toString(8).padStart(4, '0');
  if (guard === 'private') {
    if ((seen.mode & 0o077) === 0) return;
    throw unsafe(`${path} is open to others (mode ${mode})`, `chmod go-rwx ${path}`);
  }
  if ((seen.mode & 0o002) !== 0) {
    throw unsafe(`${path} can be written by others (mode ${mode})`, `chmod go-w ${path}`);
  }
  if ((seen.mode & 0o020) !== 0 && seen.gid !== uid) {
    throw unsafe(`${path} can be written by group ${seen.gid} (mode ${mode})`, `chmod g-w ${path}`);
  }
}

function stat(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unsafe(`${path} cannot be examined: ${code}`);
  }
}

const unsafe = (message: string, hint?: string): BrokerError =>
  new BrokerError('ERR_STATE_UNSAFE', message, hint === undefined ? {} : { hint });
