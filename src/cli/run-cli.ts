import { Command, CommanderError, Help, Option } from 'commander';
import { addApprovals } from './approvals.ts';
import { addAudit } from './audit.ts';
import { addCall } from './call.ts';
import { addCanI } from './can-i.ts';
import { createCli, reportFailure } from './cli.ts';
import { type CliDeps, LOG_LEVELS } from './cli-deps.ts';
import { addClient } from './client.ts';
import { addCompletion } from './completion.ts';
import { addConnect } from './connect.ts';
import { addDisconnect } from './disconnect.ts';
import { addDoctor } from './doctor.ts';
import { addExamples } from './examples.ts';
import { EXIT } from './exit-code.ts';
import { addExplain } from './explain.ts';
import { addGrant } from './grant.ts';
import { addHalt } from './halt.ts';
import { addInit } from './init.ts';
import { addKeys } from './keys.ts';
import { addMonitor } from './monitor.ts';
import { printableLines } from './printable.ts';
import { createPrinter, type Printer } from './printer.ts';
import { addSecret } from './secret.ts';
import { addServe } from './serve.ts';
import { addSession } from './session.ts';
import { addSimulate } from './simulate.ts';
import { addStdio } from './stdio.ts';
import { addToken } from './token.ts';
import { addTools } from './tools.ts';

/**
 * Makes the program with all its commands. Nothing is opened before one runs.
 *
 * @param exit keeps the exit code of the command that ran.
 */
export function createProgram(
  deps: CliDeps,
  print: Printer,
  exit: (code: number) => void,
): Command {
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
  for (const add of [
    addInit,
    addServe,
    addStdio,
    addConnect,
    addDisconnect,
    addToken,
    addSecret,
    addGrant,
    addApprovals,
    addSession,
    addClient,
    addHalt,
    addKeys,
    addDoctor,
    addCanI,
    addExplain,
    addSimulate,
    addCall,
    addTools,
    addAudit,
    addMonitor,
    addCompletion,
  ]) {
    add(program, cli);
  }
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
  const program = createProgram(deps, print, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return reportUsage(error, argv, program, print);
    return reportFailure(error, print);
  }
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
