import { prettyFactory } from 'pino-pretty';

/**
 * Makes a line of the log readable on a terminal. A file of its own, loaded only there: it is a tenth of
 * the time a client waits for its first list.
 *
 * @param hasColour whether it may have colour (`NO_COLOR`).
 */
export function linesForPeople(hasColour: boolean): (line: string) => string {
  return prettyFactory({
    colorize: hasColour,
    ignore: 'pid',
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    // An error is an ordinary field here, scrubbed already: one line, not a dump.
    errorLikeObjectKeys: [],
  });
}
