import type { Command, Option } from 'commander';
import { wordsOf } from './examples.ts';

/** Words that depend on the configuration, by what they name. Read from files alone, when needed. */
export interface KnownWords {
  readonly servers: readonly string[];
  /** `server/tool`. */
  readonly tools: readonly string[];
  readonly grants: readonly string[];
  readonly profiles: readonly string[];
  readonly secrets: readonly string[];
}

type Kind = keyof KnownWords | 'files' | 'clients' | 'shells';

/** Shells a completion script can be printed for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What stands at an argument, by command and the argument's name. */
const ARGUMENTS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  connect: { client: 'clients' },
  disconnect: { client: 'clients' },
  completion: { shell: 'shells' },
  'secret set': { name: 'secrets' },
  'secret remove': { name: 'secrets' },
  'grant show': { id: 'grants' },
  'grant revoke': { id: 'grants' },
  'grant validate': { files: 'files' },
  'can-i': { 'server/tool': 'tools' },
  call: { 'server/tool': 'tools' },
  'tools list': { server: 'servers' },
  'tools diff': { server: 'servers' },
  'tools approve': { server: 'servers' },
  'tools quarantine': { server: 'servers' },
};

/** What stands after an option, by the option's name, wherever it is. */
const OPTIONS: Readonly<Record<string, Kind>> = {
  '--config': 'files',
  '--token-file': 'files',
  '--checkpoint': 'files',
  '--profile': 'profiles',
  '--client': 'profiles',
  '--permit': 'tools',
  '--deny': 'tools',
  '--server': 'servers',
  '--reinstate': 'grants',
};

/** What fits at the end of a command line. */
export interface Completion {
  readonly words: readonly string[];
  /** Names of files fit, too: the shell knows them. */
  readonly takesFiles: boolean;
}

/**
 * Finds what fits in the place of the last word, which may be empty.
 *
 * @param typed the words after `toolgrant`, the last as far as it is typed.
 * @param known reads words of the configuration that `--config` names, if it does.
 */
export async function complete(
  program: Command,
  typed: readonly string[],
  clients: readonly string[],
  known: (config: string | undefined) => Promise<KnownWords>,
): Promise<Completion> {
  // Bash makes words of their own of `=`; what follows is the option's value all the same.
  const words = typed.filter((word, at) => word !== '=' || at === typed.length - 1);
  const last = (words.at(-1) ?? '').replace(/^=$/, '');
  const { command, at, pending, config } = walk(program, words.slice(0, -1));

  const { choices, kind } = expected(command, at, pending, last);
  const found = [...choices];
  if (kind === 'clients') found.push(...clients);
  else if (kind === 'shells') found.push(...SHELLS);
  else if (kind !== undefined && kind !== 'files') found.push(...(await known(config))[kind]);
  return {
    words: [...new Set(found)].filter((word) => word.startsWith(last) && isPlain(word)).sort(),
    takesFiles: kind === 'files',
  };
}

function walk(program: Command, words: readonly string[]) {
  let command = program;
  let at = 0;
  let pending: Option | undefined;
  let config: string | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      if (pending.long === '--config') config = word;
      pending = undefined;
    } else if (word.startsWith('-')) {
      const [name, value] = word.split('=', 2);
      const option = optionsOf(command).find(({ long, short }) => long === name || short === name);
      if (option?.required === true && value === undefined) pending = option;
      if (option?.long === '--config' && value !== undefined) config = value;
    } else {
      const inner = at === 0 ? shown(command).find((one) => one.name() === word) : undefined;
      if (inner === undefined) at += 1;
      else command = inner;
    }
  }
  return { command, at, pending, config };
}

function expected(
  command: Command,
  at: number,
  pending: Option | undefined,
  last: string,
): { readonly choices: readonly string[]; readonly kind: Kind | undefined } {
  if (pending !== undefined) {
    return { choices: pending.argChoices ?? [], kind: OPTIONS[pending.long ?? ''] };
  }
  if (last.startsWith('-')) {
    return { choices: optionsOf(command).flatMap(({ long }) => long ?? []), kind: undefined };
  }
  if (at === 0 && command.commands.length > 0) {
    return { choices: shown(command).map((inner) => inner.name()), kind: undefined };
  }
  const argument = command.registeredArguments[at] ?? command.registeredArguments.at(-1);
  const isThere =
    argument !== undefined && (at < command.registeredArguments.length || argument.variadic);
  return {
    choices: [],
    kind: isThere ? ARGUMENTS[wordsOf(command)]?.[argument.name()] : undefined,
  };
}

/** A command's own options, and those of the commands around it. */
function optionsOf(command: Command): readonly Option[] {
  const options = command.createHelp().visibleOptions(command);
  return command.parent === null ? options : [...options, ...optionsOf(command.parent)];
}

const shown = (command: Command): readonly Command[] =>
  command.createHelp().visibleCommands(command);

/**
 * Whether a shell takes a word as it is. Attack: a tool or a file with a name that a shell would run.
 */
const isPlain = (word: string): boolean => /^[A-Za-z0-9_./:@%+,*-]+$/.test(word);
