/** What a command starts that is fetched by name, and whether the name says which version. */
export type FetchedPackage = 'npm' | 'python' | 'image';

/** Runners of packages from the npm registry: the words that lead to the package. */
const NPM: readonly (readonly string[])[] = [
  ['npx'],
  ['bunx'],
  ['pnpx'],
  ['npm', 'exec'],
  ['npm', 'x'],
  ['pnpm', 'dlx'],
  ['yarn', 'dlx'],
  ['bun', 'x'],
];
const PYTHON: readonly (readonly string[])[] = [['uvx'], ['uv', 'tool', 'run'], ['pipx', 'run']];
const IMAGES: readonly (readonly string[])[] = [
  ['docker', 'run'],
  ['docker', 'container', 'run'],
  ['podman', 'run'],
  ['nerdctl', 'run'],
];

/** Options of such runners that take the next word, where it is not joined by `=`. */
const NPM_VALUES = /^(?:-c|--call|-w|--workspace|--registry|--prefix|--cache|--userconfig)$/;
const PYTHON_VALUES =
  /^(?:-p|--python|--with|--with-editable|--with-requirements|--index|--index-url|--extra-index-url|-i|-f|--find-links|-c|--constraint|--directory|--project|--cache-dir|--config-file|--refresh-package|--upgrade-package|-P|--env-file)$/;
/** Options of `docker run` that stand alone; every other one of its options takes a value. */
const IMAGE_SWITCHES =
  /^(?:-[dPiqtT]+|--(?:rm|init|privileged|interactive|tty|detach|read-only|no-healthcheck|oom-kill-disable|publish-all|quiet|sig-proxy|help|no-trunc|replace|rmi|disable-content-trust))$/;

/**
 * Tells what a command would fetch without saying which version: what it runs tomorrow nobody has
 * seen today (S26). `undefined` for a command that fetches nothing, or names a version.
 */
export function unpinnedPackage(
  command: string,
  args: readonly string[],
): FetchedPackage | undefined {
  const words = plainWords(command, args);
  const npm = after(words, NPM);
  if (npm !== undefined) return isNpmPinned(npm) ? undefined : 'npm';
  const python = after(words, PYTHON);
  if (python !== undefined) return isPythonPinned(python) ? undefined : 'python';
  const image = after(words, IMAGES);
  if (image !== undefined) return isImagePinned(image) ? undefined : 'image';
  return undefined;
}

/** The command's words without folder and ending of the program, and without `cmd /c` or `env` before. */
function plainWords(command: string, args: readonly string[]): readonly string[] {
  const bare = (word: string): string =>
    (word.split(/[\\/]/).at(-1) ?? word).replace(/\.(?:cmd|exe|bat|ps1|js)$/i, '').toLowerCase();
  const [first = '', second = '', third = ''] = [bare(command), ...args];
  if (first === 'cmd' && /^\/c$/i.test(second)) return [bare(third), ...args.slice(2)];
  if (first === 'env') {
    const at = args.findIndex((word) => !/^(?:-\S*|[A-Za-z_]\w*=.*)$/s.test(word));
    if (at !== -1) return plainWords(args[at] ?? '', args.slice(at + 1));
  }
  if (/^(?:ba|z|da)?sh$/.test(first) && /^-\w*c$/.test(second)) {
    const [inner = '', ...rest] = third
      .trim()
      .replace(/^exec\s+/, '')
      .split(/\s+/);
    return [bare(inner), ...rest];
  }
  return [first, ...args];
}

/** The words after one of the runners; options of the program itself may stand between its words. */
function after(
  words: readonly string[],
  runners: readonly (readonly string[])[],
): readonly string[] | undefined {
  for (const [program, ...verbs] of runners) {
    if (words[0] !== program) continue;
    let at = 1;
    const isLed = verbs.every((verb) => {
      while (words[at]?.startsWith('-')) at += 1;
      at += 1;
      return words[at - 1] === verb;
    });
    if (isLed) return words.slice(at);
  }
  return undefined;
}

function isNpmPinned(words: readonly string[]): boolean {
  const packages: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const named = /^(?:--package|-p)(?:=(?<value>.*))?$/s.exec(word);
    if (named !== null) {
      packages.push(named.groups?.value ?? words[at + 1] ?? '');
      if (named.groups?.value === undefined) at += 1;
    } else if (NPM_VALUES.test(word)) at += 1;
    else if (!word.startsWith('-')) {
      // With `--package` the first word is a command out of it.
      if (packages.length === 0) packages.push(word);
      break;
    }
  }
  return packages.every(isExactNpm);
}

/** A version, a path or an archive; not a range, a tag or a branch. */
const isExactNpm = (name: string): boolean =>
  /^(?:file:|[./~]|[A-Za-z]:[\\/])/.test(name) ||
  /#[0-9a-f]{40}$/.test(name) ||
  /^.+@v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(name);

function isPythonPinned(words: readonly string[]): boolean {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const from = /^(?:--from|--spec)(?:=(?<value>.*))?$/s.exec(word);
    if (from !== null) return isExactPython(from.groups?.value ?? words[at + 1] ?? '');
    if (PYTHON_VALUES.test(word)) at += 1;
    else if (!word.startsWith('-')) return isExactPython(word);
  }
  return true;
}

const isExactPython = (name: string): boolean =>
  /^(?:file:|[./~]|[A-Za-z]:[\\/])/.test(name) ||
  /@[0-9a-f]{40}$/.test(name) ||
  /^[^=@]+(?:==|@)\d[\w.!+-]*$/.test(name);

function isImagePinned(words: readonly string[]): boolean {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) return isExactImage(word);
    if (!word.includes('=') && !IMAGE_SWITCHES.test(word) && !/^-[a-z][^a-z]/i.test(word)) at += 1;
  }
  return true;
}

const isExactImage = (name: string): boolean => {
  if (/@sha256:[0-9a-f]{64}$/.test(name)) return true;
  const tag = /:(?<tag>[\w][\w.-]*)$/.exec(name.split('/').at(-1) ?? '')?.groups?.tag;
  return tag !== undefined && tag !== 'latest';
};
