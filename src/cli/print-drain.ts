import type { DrainReport } from '../admin/drain-brokers.ts';
import type { Printer } from './printer.ts';

/** A number and what it counts, in the plural where it is one. */
export const count = (many: number, what: string): string =>
  `${many} ${what}${many === 1 ? '' : 's'}`;

/** Prints `2 of 2 brokers, 7 ms, 1 call cancelled`, and who stayed silent with what it may still run. */
export function printDrain(drain: DrainReport, print: Printer): void {
  print.lines(
    `${drain.reached} of ${count(drain.total, 'broker')}, ${drain.elapsedMs} ms, ${count(drain.cancelled, 'call')} cancelled`,
  );
  remarkSilent(drain, print);
}

/** Names silent brokers on standard error. */
export function remarkSilent(drain: DrainReport, print: Printer): void {
  for (const { broker, openIntents } of drain.silent) {
    print.error(
      `broker ${broker.instance} (pid ${broker.pid}) did not answer; ${count(openIntents.length, 'call')} open`,
      `it refuses what needs a new decision; end process ${broker.pid} to be sure`,
    );
    for (const intent of openIntents) {
      print.note(
        `  open: event ${intent.seq}, ${intent.server}/${intent.tool}, session ${intent.session}`,
      );
    }
  }
}

/** The `--json` shape of a drain. */
export const drainJson = (drain: DrainReport) => ({
  reached: drain.reached,
  total: drain.total,
  cancelled: drain.cancelled,
  elapsedMs: drain.elapsedMs,
  silent: drain.silent.map(({ broker, openIntents }) => ({
    instance: broker.instance,
    pid: broker.pid,
    openIntents: openIntents.map(({ seq, session, server, tool }) => ({
      seq,
      session,
      server,
      tool,
    })),
  })),
});
