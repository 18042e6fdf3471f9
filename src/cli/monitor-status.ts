import type { Command } from 'commander';
import {
  detailOf,
  type MonitorStatus,
  monitorStatus,
  type Noticed,
} from '../admin/monitor-status.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatInstant, formatMicros } from './format-instant.ts';
import { learntJson } from './monitor-learnt.ts';
import { instantOption } from './parse-values.ts';
import { count } from './print-drain.ts';
import { sessionStateAt } from './session-json.ts';

const HEADER = ['EVENT', 'AT', 'SUBJECT', 'SESSION', 'SIGNAL', 'VALUE', 'STEP', 'NOW'];

/** `toolgrant monitor status`: signals, what was done, what is remembered. */
export function addMonitorStatus(monitor: Command, cli: Cli): void {
  monitor
    .command('status')
    .description('what was noticed and done, and what is remembered')
    .option(
      '--since <instant>',
      'an instant, or a duration ago such as 7d; a day ago unless given',
      instantOption(() => cli.deps.now()),
    )
    .option('--json', 'print an object', false)
    .action(async ({ since, json }: { since?: number; json: boolean }) => {
      cli.exit(
        await cli.withAdmin('monitor status', async ({ context }) => {
          const from = since ?? (context.clock.now() - 86_400_000) * 1_000;
          const status = await monitorStatus(context, from);
          if (json) cli.print.json(statusJson(status, cli.deps.now()));
          else printStatus(status, cli);
          if (status.isCut) cli.print.note('only the newest 1000; see --since');
          return EXIT.done;
        }),
      );
    });
}

const statusJson = ({ signals, contained, remembered, watched }: MonitorStatus, now: number) => ({
  sessions: watched.sessions.map(watchedJson),
  silentBrokers: watched.silent.map(({ instance }) => instance),
  signals: signals.map((one) => noticedJson(one, now)),
  contained: contained.map((one) => noticedJson(one, now)),
  clients: remembered.clients.map(({ subject, client, touched }) => ({
    subject,
    client: client ?? null,
    privateAt: touched.private === undefined ? null : formatInstant(touched.private),
    untrustedAt: touched.untrusted === undefined ? null : formatInstant(touched.untrusted),
  })),
  grants: remembered.grants.map(learntJson),
});

const watchedJson = ({ broker, ...one }: MonitorStatus['watched']['sessions'][number]) => ({
  session: one.session,
  subject: one.subject,
  client: one.client ?? null,
  broker: broker.instance,
  pid: broker.pid,
  lastAt: formatInstant(one.lastAt),
  uses: one.uses,
  refused: one.refused,
  scores: one.scores,
  standing: one.standing.map(({ signal, step, until }) => ({
    signal,
    step,
    until: until === undefined ? null : formatInstant(until),
  })),
});

const noticedJson = ({ event, signal, step, isUndone, session }: Noticed, now: number) => ({
  seq: event.seq,
  at: formatMicros(event.at),
  session: event.session ?? null,
  subject: event.subject ?? null,
  signal,
  step,
  undone: isUndone,
  sessionState: session === undefined ? null : sessionStateAt(session, now),
});

function printStatus({ signals, contained, remembered, watched }: MonitorStatus, cli: Cli): void {
  const { print } = cli;
  const now = cli.deps.now();
  printWatched(watched, cli);
  const undone = new Set(
    contained.flatMap(({ event, isUndone }) => (isUndone ? [detailOf(event).raised] : [])),
  );
  print.table(
    HEADER,
    signals.map(({ event, signal, step, session }) => [
      String(event.seq),
      formatMicros(event.at),
      event.subject ?? '',
      event.session ?? '',
      signal,
      String(detailOf(event).value ?? ''),
      step,
      undone.has(event.seq) ? 'undone' : session === undefined ? '' : sessionStateAt(session, now),
    ]),
  );
  for (const { subject, client, touched } of remembered.clients) {
    const read = Object.entries(touched).map(([label, at]) => `${label} at ${formatInstant(at)}`);
    print.lines(
      `${subject}${client === undefined ? '' : ` through ${client}`} read ${read.join(', ')}`,
    );
  }
  for (const { grant, profile } of remembered.grants) {
    print.lines(
      `${grant}: ${count(profile.sessions, 'session')} learnt, ${count(Object.keys(profile.used).length, 'thing')}`,
    );
  }
  const last = signals.at(-1);
  if (last !== undefined) print.next(['monitor', 'explain', String(last.event.seq)]);
}

/** Sessions that live brokers watch, and what stands against them now. */
function printWatched({ sessions, silent }: MonitorStatus['watched'], { print }: Cli): void {
  if (sessions.length > 0) {
    print.table(
      ['LIVE SESSION', 'SUBJECT', 'CLIENT', 'PID', 'USES', 'REFUSED', 'SCORES', 'STANDING'],
      sessions.map(({ session, subject, client, broker, uses, refused, scores, standing }) => [
        ...[session, subject, client ?? '-', String(broker.pid), String(uses), String(refused)],
        Object.entries(scores)
          .map(([signal, value]) => `${signal} ${value}`)
          .join(', '),
        standing
          .map(({ signal, step, until }) =>
            until === undefined
              ? `${step} (${signal})`
              : `${step} (${signal}) until ${formatInstant(until)}`,
          )
          .join(', '),
      ]),
    );
  }
  for (const { pid } of silent)
    print.warning(`the broker with pid ${pid} did not say what it watches`);
}
