import { pino } from 'pino';
import type { Log, LogFields, LogLevel } from '../domain/log.ts';
import { createScrubber } from './scrub-text.ts';
import { scrubString, scrubValue } from './scrub-value.ts';

/** How a logger is made. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** Makes of each line what is written instead: `linesForPeople`, where standard error is a terminal. */
  readonly format?: (line: string) => string;
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
  /** Values to scrub from every line; more can be learnt later. */
  readonly secrets?: Iterable<string>;
  /** Takes each line instead of standard error. For tests. */
  readonly write?: (line: string) => void;
}

/** A log that can learn secrets once the configuration is read. */
export interface Logger extends Log {
  /** Adds values to scrub from every later line. */
  learnSecrets(values: Iterable<string>): void;
}

/**
 * Makes the log: standard error only, for standard output belongs to MCP. JSON lines, or lines for
 * people on a terminal. Every text is scrubbed and escaped before it is formatted; a line that cannot
 * be written is lost, and nothing else is.
 */
export function createLogger(options: LoggerOptions): Logger {
  const known = new Set(options.secrets);
  let scrub = createScrubber(known);

  const { format } = options;
  const sink = options.write === undefined ? standardError() : { write: options.write };
  const logger = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date(options.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === undefined ? sink : { write: (line) => sink.write(format(line)) },
  );

  const say =
    (level: Exclude<LogLevel, 'silent'>) =>
    (fields: LogFields, message: string): void => {
      if (!logger.isLevelEnabled(level)) return;
      try {
        logger[level]({ ...withoutReserved(fields, scrub), msg: scrubString(message, scrub) });
      } catch {
        // Intentionally nothing: a line that cannot be written must not end a call half-way.
      }
    };

  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    learnSecrets(values) {
      for (const value of values) known.add(value);
      scrub = createScrubber(known);
    },
  };
}

interface Sink {
  write(line: string): void;
}

/** The line's own members. A field of that name would make two of them: two readers, two meanings. */
const RESERVED: readonly string[] = ['level', 'time', 'pid', 'msg'];

function withoutReserved(
  fields: LogFields,
  scrub: (text: string) => string,
): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(scrubValue(fields, scrub) as LogFields)) {
    clean[RESERVED.includes(key) ? `${key}_` : key] = value;
  }
  return clean;
}

function standardError(): Sink {
  const stream = pino.destination({ fd: 2, sync: true });
  // A reader that went away (EPIPE) would otherwise end the broker.
  stream.on('error', () => {});
  return stream;
}
