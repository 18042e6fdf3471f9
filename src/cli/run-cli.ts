import { Command, CommanderError, Help, Option } from 'commander';
import { type Cli, createCli, reportFailure } from './cli.ts';
import { type CliDeps, LOG_LEVELS } from './cli-deps.ts';
import { addExamples } from './examples.ts';
import { EXIT } from './exit-code.ts';
import { printableLines } from './printable.ts';
import { createPrinter, type Printer } from './printer.ts';

/**
 * What adds each command, in the order the help lists them. A command line that names one loads that one
 * alone: all of them take longer than most do.
 */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command, cli: Cli) => void>>> = {
  init: async () => (await import('./init.ts')).addInit,
  serve: async () => (await import('./serve.ts')).addServe,
  stdio: async () => (await import('./stdio.ts')).addStdio,
  connect: async () => (await import('./connect.ts')).addConnect,
  disconnect: async () => (await import('./disconnect.ts')).addDisconnect,
  token: async () => (await import('./token.ts')).addToken,
  secret: async () => (await import('./secret.ts')).addSecret,
  grant: async () => (await import('./grant.ts')).addGrant,
  approvals: async () => (await import('./approvals.ts')).addApprovals,
  session: async () => (await import('./session.ts')).addSession,
  client: async () => (await import('./client.ts')).addClient,
  halt: async () => (await import('./halt.ts')).addHalt,
  keys: async () => (await import('./keys.ts')).addKeys,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
  'can-i': async () => (await import('./can-i.ts')).addCanI,
  explain: async () => (await import('./explain.ts')).addExplain,
  simulate: async () => (await import('./simulate.ts')).addSimulate,
  call: async () => (await import('./call.ts')).addCall,
  tools: async () => (await import('./tools.ts')).addTools,
  audit: async () => (await import('./audit.ts')).addAudit,
  monitor: async () => (await import('./monitor.ts')).addMonitor,
  completion: async () => (await import('./completion.ts')).addCompletion,
};

/**
 * Makes the program. Nothing is opened before a command runs.
 *
 * @param exit keeps the exit code of the command that ran.
 * @param name the only command it is to have; all of them when absent.
 */
export async function createProgram(
  deps: CliDeps,
  print: Printer,
  exit: (code: number) => void,
  name?: string,
): Promise<Command> {
  const program = new Command('toolgrant')
    .description('a broker that stands in front of MCP servers and trusts nobody')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => deps.stdout(printableLines(text)),
      writeErr: (text) => deps.stderr(printableLines(text)),
      // Intentionally silent: `reportUsage` prints every usage error once, in our form.
      outputError: () => {},
    })
    .configureHelp({
      showGlobalOptions: true,
      optionDescription: (option) =>
        new Help().optionDescription(option).replace(/ ?\(default: (false|"\{\}")\)$/, ''),
    })
    .version(deps.version, '-V, --version', 'print the version')
    .option('--config <file>', 'configuration; otherwise $TOOLGRANT_CONFIG or the default place')
    .addOption(
      new Option('--log-level <level>', 'how much to log to standard error').choices([
        ...LOG_LEVELS,
      ]),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 no or refused, 2 usage, 3 invalid configuration or grant,\n4 not reachable or not committed, 5 not found',
    );
  const cli = createCli(program, deps, print, exit);
  const commands = name === undefined ? Object.values(COMMANDS) : [COMMANDS[name]];
  for (const add of await Promise.all(commands.map((load) => load?.()))) add?.(program, cli);
  addExamples(program, deps.invokedAs);
  return program;
}

/**
 * Runs one command line.
 *
 * @param argv the words after `toolgrant`.
 * @returns the exit code; never throws for what was typed or what failed.
 */
export async function runCli(argv: readonly string[], deps: CliDeps): Promise<number> {
  const print = createPrinter(deps);
  let exitCode: number = EXIT.done;
  const keep = (code: number) => {
    exitCode = code;
  };
  let program: Command | undefined;
  try {
    program = await createProgram(deps, print, keep, commandNamed(argv));
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (program !== undefined && error instanceof CommanderError) {
      return reportUsage(error, argv, program, print);
    }
    return reportFailure(error, print);
  }
}

const GLOBAL_WITH_VALUE: ReadonlySet<string> = new Set(['--config', '--log-level']);

/**
 * The command that a command line runs. Nothing where that is not plain to see, or where what is asked
 * for is about all of them.
 */
function commandNamed(argv: readonly string[]): string | undefined {
  let at = 0;
  while (GLOBAL_WITH_VALUE.has(argv[at] ?? '')) at += 2;
  const word = argv[at];
  return word !== undefined && Object.hasOwn(COMMANDS, word) ? word : undefined;
}

/**
 * Prints a usage error in our form. A value given with `=` is left out: it may be a token somebody
 * tried to pass.
 */
function reportUsage(
  error: CommanderError,
  argv: readonly string[],
  program: Command,
  print: Printer,
): number {
  if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') {
    return EXIT.done;
  }
  if (error.code === 'commander.help') return EXIT.usage;
  const [line = '', ...rest] = error.message.split('\n');
  const suggestion = /\((.*)\)/.exec(rest.join(' '))?.[1];
  print.error(
    line
      .replace(/^error: /, '')
      .replace(/'(--?[\w-]+)=.*'/s, "'$1'")
      .replace(/\bcommand-argument value\b/, 'the value')
      .replace(/\. (?:Expected|Allowed|use)\b/, (found) => `,${found.slice(1).toLowerCase()}`)
      .replace(/\.$/, ''),
    suggestion === undefined
      ? `see \`${commandPath(argv, program)} --help\``
      : suggestion.replace(/^D/, 'd'),
  );
  return EXIT.usage;
}

/** The command that was meant, as far as its words name one: `toolgrant grant create`. */
function commandPath(argv: readonly string[], program: Command): string {
  let command = program;
  const path = ['toolgrant'];
  for (const word of argv) {
    const inner = command.commands.find((one) => one.name() === word);
    if (inner === undefined) continue;
    command = inner;
    path.push(word);
  }
  return path.join(' ');
}
