import type { AdminContext } from '../admin/admin-context.ts';
import { followMoves } from '../admin/audit-query.ts';
import type { Cli } from './cli.ts';

/** What a command shows, for people and for programs. */
export interface View {
  /** Column titles; without them a row is a line. */
  readonly header?: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Values of the JSON contract. */
  readonly items: readonly unknown[];
  /** Epoch milliseconds: when it changes without an event, by time alone. */
  readonly dueAt?: number;
}

/** Cursor to the first place, and nothing after it. */
const CLEAR = '\u001b[H\u001b[2J';

/** Prints the rows for people. */
export function printView(cli: Cli, { header, rows }: View): void {
  if (header === undefined) cli.print.lines(...rows.map(lineOf));
  else cli.print.table(header, rows);
}

/**
 * Shows a view again each time the log moves, until a signal: drawn anew on a terminal, otherwise lines
 * that are new or changed, and with `json` the values that are, one a line.
 */
export async function watchView(
  cli: Cli,
  context: AdminContext,
  look: () => Promise<View>,
  json: boolean,
): Promise<void> {
  const { signal, wait, isTerminal, stdout } = cli.deps;
  let dueAt = Number.POSITIVE_INFINITY;
  let before: ReadonlySet<string> | undefined;
  for await (const _ of followMoves(context, signal, wait, () => context.clock.now() >= dueAt)) {
    const view = await look();
    dueAt = view.dueAt ?? Number.POSITIVE_INFINITY;
    if (json) {
      const texts = view.items.map((item) => JSON.stringify(item));
      view.items.forEach((item, n) => {
        if (before?.has(texts[n] ?? '') !== true) cli.print.jsonLine(item);
      });
      before = new Set(texts);
    } else if (isTerminal.stdout) {
      stdout(CLEAR);
      printView(cli, view);
    } else {
      const lines = view.rows.map(lineOf);
      const known = before;
      if (known === undefined) printView(cli, view);
      else cli.print.lines(...lines.filter((line) => !known.has(line)));
      before = new Set(lines);
    }
  }
}

const lineOf = (cells: readonly string[]): string => cells.join('  ');
