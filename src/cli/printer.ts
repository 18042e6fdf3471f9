import { visibleJson } from '../domain/unseen.ts';
import { formatTable } from './print-table.ts';
import { printable, printableLines } from './printable.ts';
import { asInvoked, commandLine } from './shell-words.ts';

/** Writes data to standard output and everything else to standard error. */
export interface Printer {
  /** Lines of data, each made printable: a line feed inside a field forges no line. */
  lines(...lines: readonly string[]): void;
  /** Text that is itself several lines: a grant file, what a tool said. */
  text(text: string): void;
  /** A value of the JSON contract, indented by two. */
  json(value: unknown): void;
  /** One value of the JSON contract on one line (JSON Lines). */
  jsonLine(value: unknown): void;
  table(header: readonly string[], rows: readonly (readonly string[])[]): void;
  /** A remark for the person. */
  note(text: string): void;
  warning(text: string): void;
  error(message: string, hint?: string): void;
  /** The command that usually follows, as the person invoked us. */
  next(words: readonly string[]): void;
}

/** Makes a printer. `invokedAs` is how commands are printed back. */
export function createPrinter(deps: {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly invokedAs: string;
}): Printer {
  const remark = (text: string) => deps.stderr(`${printable(asInvoked(text, deps.invokedAs))}\n`);
  return {
    lines: (...lines) => deps.stdout(lines.map((line) => `${printable(line)}\n`).join('')),
    text: (text) => deps.stdout(`${printableLines(text.replace(/\n$/, ''))}\n`),
    json: (value) => deps.stdout(`${visibleJson(JSON.stringify(value, null, 2))}\n`),
    jsonLine: (value) => deps.stdout(`${visibleJson(JSON.stringify(value))}\n`),
    table: (header, rows) => deps.stdout(`${formatTable(header, rows)}\n`),
    note: remark,
    warning: (text) => remark(`warning: ${text}`),
    error(message, hint) {
      remark(`error: ${message}`);
      if (hint !== undefined) remark(`hint: ${hint}`);
    },
    next: (words) => deps.stderr(`next: ${printable(commandLine(deps.invokedAs, words))}\n`),
  };
}
