import type { EntryChange } from '../admin/client-files.ts';
import type { Printer } from './printer.ts';

/** A change of a client's file as JSON: names and places, nothing the file holds. */
export const changeJson = (
  { path, before, after, backup, added, removed }: EntryChange,
  dryRun: boolean,
): Readonly<Record<string, unknown>> => ({
  path,
  dryRun,
  changed: before !== after,
  added,
  removed,
  backup: backup ?? null,
});

/**
 * Prints the difference a change makes: names of servers, and our own entry as written. Other lines of
 * the file are never printed: they may be somebody's credential.
 *
 * @param own our entry in the file's format.
 */
export function printChange(
  print: Printer,
  { path, before, after, added, removed }: EntryChange,
  own?: string,
): void {
  if (before === after) return;
  const state = before === undefined ? ' (new)' : after === undefined ? ' (removed)' : '';
  print.lines(`${path}${state}`);
  for (const name of removed) print.lines(`- ${name}`);
  for (const name of added) print.lines(`+ ${name}`);
  if (own !== undefined) print.text(own.replaceAll(/^/gm, '  '));
}
