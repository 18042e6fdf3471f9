/**
 * The real path of what a path names: symbolic links of its deepest existing ancestor followed, the rest
 * as written. The path is absolute and has no `.` or `..`. `undefined` when that cannot be told.
 */
export type RealPath = (path: string) => string | undefined;

/** A path that tool servers could read in more than one way. */
export class AmbiguousPath extends Error {
  constructor(why: string) {
    super(`the path is ambiguous: ${why}`);
  }
}

const MAX_LENGTH = 4_096;
/** Names and steps of one path. Each costs a look at the disk, during which everybody waits. */
const MAX_PARTS = 100;

/** What is taken for a slash, a backslash or a dot where texts are mapped to what a system knows. */
const LOOKS_LIKE =
  /[\u2024\u2025\u2026\u2044\u2215\u2216\u29f5\u29f8\u29f9\ufe52\ufe68\uff0e\uff0f\uff3c]/u;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

/** Why a text has no single reading as an absolute POSIX path. */
function ambiguity(path: string): string | undefined {
  if (path.length > MAX_LENGTH) return 'it is too long';
  if (!path.startsWith('/')) return 'it is not absolute';
  if (path.startsWith('//')) return 'it begins with two slashes';
  if (UNSEEN.test(path)) return 'it holds characters that cannot be seen';
  if (LOOKS_LIKE.test(path)) return 'it holds what looks like a slash or a dot';
  if (path.includes('\\')) return 'it holds a backslash';
  // A tool server that decodes, once or twice, reads another path.
  if (/%[0-9a-f]{2}/i.test(path)) return 'it is percent-encoded';
  const segments = path.split('/');
  if (segments.length > MAX_PARTS + 1) return 'it has too many parts';
  if (segments.some((each) => each.startsWith('~'))) return 'it holds a `~`';
  if (segments.some((each) => /^\.{3,}$/.test(each) || /^\.+\s|\s$/.test(each))) {
    return 'it holds a name of dots or spaces';
  }
  return undefined;
}

/** Why a text cannot be the root of `within`; `undefined` when it can. */
export function rootProblem(root: string): string | undefined {
  const why = ambiguity(root);
  if (why !== undefined) return `not a folder to be within: ${why}`;
  const isPlain = root === '/' || !/\/$|\/\/|\/\.{1,2}(?:\/|$)/.test(root);
  return isPlain
    ? undefined
    : 'not a folder to be within: write it without `.`, `..` or a last `/`';
}

/**
 * Whether a path is `root` or below it, by each way it can be read: as text, with `..` taken off what is
 * written before it, and by the links of this machine, where `..` leaves the folder a link leads to.
 *
 * Attack: `../`, encodings, look-alikes and links that lead out of the root. Where the readings differ
 * there is no answer, so that neither `within` nor its negation permits.
 *
 * @throws AmbiguousPath when there is no single answer.
 */
export function withinPath(path: string, root: string, realPath: RealPath | undefined): boolean {
  const why = ambiguity(path);
  if (why !== undefined) throw new AmbiguousPath(why);
  if (realPath === undefined) throw new AmbiguousPath('links cannot be followed here');
  const plain = plainPath(path);
  const answer = isBelow(plain, root);
  const realRoot = realPath(root);
  const real = hasSteps(path) ? walked(path, realPath) : realPath(plain);
  const realPlain = hasSteps(path) ? realPath(plain) : real;
  if (realRoot === undefined || real === undefined || realPlain === undefined) {
    throw new AmbiguousPath('where its links lead cannot be told');
  }
  if (isBelow(real, realRoot) !== answer || isBelow(realPlain, realRoot) !== answer) {
    throw new AmbiguousPath('its links lead elsewhere');
  }
  return answer;
}

const isBelow = (path: string, root: string): boolean =>
  root === '/' || path === root || path.startsWith(`${root}/`);

const hasSteps = (path: string): boolean => path.split('/').includes('..');

/** @throws AmbiguousPath for a step above `/`. */
function plainPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.pop() === undefined) throw new AmbiguousPath('it steps above the root');
  }
  return `/${kept.join('/')}`;
}

/** The path as the system walks it: what stands before a `..` is followed before the step is taken. */
function walked(path: string, realPath: RealPath): string | undefined {
  let at: string | undefined = '/';
  let ahead = '';
  const follow = (): void => {
    if (ahead !== '' && at !== undefined) at = realPath(at === '/' ? ahead : at + ahead);
    ahead = '';
  };
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') ahead += `/${segment}`;
    else {
      follow();
      at = at?.slice(0, Math.max(1, at.lastIndexOf('/')));
    }
  }
  follow();
  return at;
}
