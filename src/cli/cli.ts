import type { Command } from 'commander';
import { BrokerError, errorCode } from '../domain/errors.ts';
import type { AdminOptions, CliDeps, GlobalOptions, LogLevel, OpenedAdmin } from './cli-deps.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts';
import type { Printer } from './printer.ts';

/** What every command is given. */
export interface Cli {
  readonly deps: CliDeps;
  readonly print: Printer;
  /** Options of the whole program, once parsed. */
  globals(): GlobalOptions;
  /**
   * Opens the admin context for one command, prints the configuration's warnings, and closes it
   * whatever happens.
   *
   * @param command the command without its arguments' values, for the audit's `actor`.
   */
  withAdmin(
    command: string,
    run: (admin: OpenedAdmin) => Promise<number>,
    options?: Pick<AdminOptions, 'leavesServersOut'>,
  ): Promise<number>;
  /** Keeps the exit code of the command that ran. */
  exit(code: number): void;
}

/** Makes what commands are given, over the program whose options are global. */
export function createCli(
  program: Command,
  deps: CliDeps,
  print: Printer,
  exit: (code: number) => void,
): Cli {
  function globals(): GlobalOptions {
    const { config, logLevel } = program.opts<{ config?: string; logLevel?: LogLevel }>();
    return {
      ...(config === undefined ? {} : { configPath: config }),
      ...(logLevel === undefined ? {} : { logLevel }),
    };
  }
  return {
    deps,
    print,
    globals,
    exit,
    async withAdmin(command, run, options) {
      const admin = await deps.openAdmin({ ...globals(), ...options, command });
      try {
        for (const warning of admin.config.warnings) print.warning(warning);
        return await run(admin);
      } finally {
        await admin.close();
      }
    },
  };
}

/**
 * Prints what a command failed with. Of a bug only the kind is shown: its message may hold
 * anything.
 */
export function reportFailure(error: unknown, print: Printer): ExitCode {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
    // What a command needs is loaded with it. As the entry file says it.
    print.error(
      `cannot start: ${error.message}`,
      'install it again; in a clone, run `npm ci` and `npm run build`',
    );
    return EXIT.usage;
  }
  if (error instanceof BrokerError) print.error(error.message, error.hint);
  else {
    const kind = error instanceof Error ? error.name : typeof error;
    print.error(`internal error (${kind})`, 'please report what you ran and this line');
  }
  return exitCodeOf(errorCode(error));
}

/** Exit code of a change that was committed: 1 when a live broker has not confirmed it. */
export const exitOfDrain = (drain: { readonly silent: readonly unknown[] }): ExitCode =>
  drain.silent.length === 0 ? EXIT.done : EXIT.no;
