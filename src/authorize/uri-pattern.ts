import type { GlobProblem } from './glob.ts';
import { normaliseUri } from './normalise-uri.ts';

/** Alternatives of braces that are looked at; a pattern with more is taken as it is. */
const MAX_ALTERNATIVES = 16;

/**
 * Why a glob over `server/uri` can never match a URI's normal form; `undefined` when it can, as far as
 * trying texts for its wildcards shows. Each choice of its braces has to match something: a deny on
 * `HTTP://host/` or on `/etc/passwd` would look like protection.
 */
export function uriPatternProblem(glob: string): GlobProblem | undefined {
  for (const plain of alternatives(glob)) {
    const slash = plain.indexOf('/');
    // Where a `**` takes in the slash behind the server, the URI may begin anywhere.
    if (slash === -1 || plain.slice(0, slash).includes('**')) continue;
    const problem = problemOf(plain.slice(slash + 1), plain.slice(0, slash));
    if (problem !== undefined) return { offset: 0, ...problem };
  }
  const wrong = /[^\w\-.~!$&'()*+,;=:@/?%{}]/u.exec(glob)?.[0];
  return wrong === undefined ? undefined : { offset: 0, ...charactersProblem(wrong) };
}

type Problem = Omit<GlobProblem, 'offset'>;

function problemOf(pattern: string, server: string): Problem | undefined {
  const wrong = /[^\w\-.~!$&'()*+,;=:@/?%]/u.exec(pattern)?.[0];
  if (wrong !== undefined) return charactersProblem(wrong);
  const tries = pattern.startsWith('*') ? TRIES : TRIES.slice(0, ORDINARY);
  if (tries.some((texts) => isNormal(pattern, texts))) return undefined;
  if (!/^[^/]*[:*?]/.test(pattern)) {
    return {
      message: 'a pattern for resources names a URI, with its scheme',
      hint: `such as \`resource:${server}/${pattern.startsWith('/') ? `file://${pattern}` : 'file:///**'}\``,
    };
  }
  const normal = normalised(pattern);
  return {
    message: 'no URI can match: they are matched in their normal form',
    hint:
      normal === undefined
        ? 'URIs with a fragment, doubled or encoded slashes, or steps above their root are never permitted'
        : `write \`resource:${server}/${normal}\``,
  };
}

const charactersProblem = (character: string): Problem =>
  character === '#'
    ? { message: 'a URI with a fragment is never permitted, so no pattern needs one' }
    : {
        message: `no URI can match: in their normal form they hold no ${JSON.stringify(character)}`,
        hint: `write \`${encodeURIComponent(character)}\``,
      };

const WILDCARD = /\*\*|\*|\?/g;

/** Texts for `**`, `*` and `?`, and what stands for a wildcard that a URI begins with. */
interface Texts {
  readonly any: string;
  readonly segment: string;
  readonly one: string;
  readonly first: string;
}

const TRIES: readonly Texts[] = ['a', 'a:', 'a:a', 'a://a', 'file:', 'file://'].flatMap((first) =>
  [
    ['a', 'a', 'a'],
    ['1', '1', '1'],
    ['', '', 'a'],
    ['a/a', 'a', 'a'],
    ['/a', 'a', 'a'],
    ['//a/a', 'a', 'a'],
    ['///a', 'a', 'a'],
  ].map(([any = '', segment = '', one = '']) => ({ any, segment, one, first })),
);

/** Those that differ in more than how a URI begins. */
const ORDINARY = 7;

function isNormal(pattern: string, { any, segment, one, first }: Texts): boolean {
  const uri = pattern.replace(WILDCARD, (wildcard, at) => {
    if (at === 0 && wildcard !== '?') return first;
    return wildcard === '**' ? any : wildcard === '*' ? segment : one;
  });
  return normaliseUri(uri) === uri;
}

/** The pattern in normal form, its wildcards kept; `undefined` when that cannot be told. */
function normalised(pattern: string): string | undefined {
  const wildcards = pattern.match(WILDCARD) ?? [];
  let count = 0;
  const normal = normaliseUri(pattern.replace(WILDCARD, () => `zq${count++}qz`));
  const kept = normal?.replace(/zq(\d+)qz/g, (_text, index) => wildcards[Number(index)] ?? '');
  return kept?.match(WILDCARD)?.length === (wildcards.length || undefined) ? kept : undefined;
}

/** What a glob stands for once its braces are chosen; nothing when that is too much. Braces are known to pair. */
function alternatives(glob: string): readonly string[] {
  let open = [glob];
  for (;;) {
    const index = open.findIndex((each) => each.includes('{'));
    if (index === -1) return open;
    const chosen = choose(open[index] ?? '');
    open = [...open.slice(0, index), ...chosen, ...open.slice(index + 1)];
    if (open.length > MAX_ALTERNATIVES) return [];
  }
}

/** Chooses for the first brace. */
function choose(glob: string): readonly string[] {
  const from = glob.indexOf('{');
  const choices = [''];
  let depth = 0;
  for (let at = from + 1; at < glob.length; at += 1) {
    const character = glob[at] ?? '';
    if (character === '}' && depth === 0) {
      return choices.map((each) => glob.slice(0, from) + each + glob.slice(at + 1));
    }
    if (character === ',' && depth === 0) {
      choices.push('');
      continue;
    }
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    choices[choices.length - 1] += character;
  }
  return [];
}
