import type { Readable } from 'node:stream';
import type { Timers } from '../dispatch/timers.ts';
import { findBrokenOff, knownForms, replaceKnown } from '../domain/known-secrets.ts';
import { replaceSpans } from '../domain/span.ts';
import { replaceUnseen } from '../domain/unseen.ts';

/** Longest line of a tool server's diagnostics that is kept, bytes. */
const LINE_BYTES = 2_048;
/** Lines passed on per window. */
const LINES_PER_WINDOW = 50;
/** Length of a window, milliseconds. */
const WINDOW_MS = 1_000;

/**
 * Reads a tool server's standard error to its end and passes on readable lines: known secrets
 * replaced, long lines cut, characters people cannot see replaced, a burst summed up. Nothing in it is
 * believed.
 *
 * Attacks: a server that stalls because nobody reads its diagnostics; one that fills the log; one
 * that writes terminal sequences or fake lines into it; one that prints a credential where the cut
 * hides its end from whoever searches for it whole.
 */
export function drainStderr(
  stderr: Readable,
  deps: {
    readonly timers: Timers;
    readonly secrets: readonly string[];
    readonly log: (line: string) => void;
  },
): void {
  const { timers, secrets, log } = deps;
  const keptBytes = LINE_BYTES + longestForm(secrets);
  let line: Buffer[] = [];
  let lineBytes = 0;
  let linesInWindow = 0;
  let dropped = 0;
  let isWindowOpen = false;

  function openWindow(): void {
    if (isWindowOpen) return;
    isWindowOpen = true;
    timers.after(WINDOW_MS, () => {
      isWindowOpen = false;
      linesInWindow = 0;
      if (dropped > 0) log(`${dropped} more lines not shown`);
      dropped = 0;
    });
  }

  function endLine(isWhole: boolean): void {
    const parts = line;
    const isEmpty = lineBytes === 0;
    line = [];
    lineBytes = 0;
    if (isEmpty) return;
    // Counted unread: to search each line of a flood for secrets would hold everybody up.
    if (linesInWindow >= LINES_PER_WINDOW) {
      dropped += 1;
      return;
    }
    const text = readable(Buffer.concat(parts), LINE_BYTES, secrets, isWhole);
    if (text === '') return;
    openWindow();
    linesInWindow += 1;
    log(text);
  }

  stderr.on('data', (chunk: Buffer) => {
    let from = 0;
    while (from < chunk.length) {
      const newline = chunk.indexOf(0x0a, from);
      const end = newline === -1 ? chunk.length : newline;
      const kept = chunk.subarray(from, Math.min(end, from + keptBytes - lineBytes));
      if (kept.length > 0) {
        // A copy: a slice would keep its whole chunk alive.
        line.push(Buffer.from(kept));
        lineBytes += kept.length;
      }
      if (newline === -1) return;
      endLine(true);
      from = newline + 1;
    }
  });
  stderr.on('end', () => endLine(false));
  stderr.on('error', () => undefined);
}

/** Bytes of the longest text that is searched for. */
const longestForm = (secrets: readonly string[]): number =>
  knownForms(secrets).reduce((most, form) => Math.max(most, Buffer.byteLength(form)), 0);

/**
 * The first `limit` bytes of a text as one line for the log: known secrets replaced before it is cut,
 * characters people cannot see written as U+FFFD.
 *
 * @param isWhole `false` when the text was broken off: its end may be the beginning of a secret.
 */
export function readable(
  bytes: Buffer,
  limit: number,
  secrets: readonly string[],
  isWhole = true,
): string {
  const forms = knownForms(secrets);
  const said = bytes.toString('utf8');
  const text = isWhole ? said : replaceSpans(said, findBrokenOff(said, forms), said.length);
  const shown = Math.min(text.length, bytes.subarray(0, limit).toString('utf8').length);
  const clean = replaceKnown(text, forms, shown);
  return replaceUnseen(clean.trim().replaceAll('\t', ' '), () => '\uFFFD');
}
