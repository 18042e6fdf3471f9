import { type Command, InvalidArgumentError } from 'commander';
import { CARRIED, type MonitorReplay, replayMonitor } from '../admin/replay-monitor.ts';
import { formatInstant } from '../authorize/format-grant.ts';
import { type MonitorSettings, type Rung, STEPS } from '../monitor/ladder.ts';
import { SIGNALS, type SignalName } from '../monitor/signal.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { instantOption } from './parse-values.ts';

/** Most uses shown to people; `--json` has the newest thousand. */
const MAX_SHOWN = 20;

type Said = Partial<Record<SignalName, Partial<Rung>>>;

interface Options {
  readonly since?: number;
  readonly set?: Said;
  readonly settings?: string;
  readonly json: boolean;
}

/** `toolgrant monitor replay`: what other settings would have made of the recorded past. */
export function addMonitorReplay(monitor: Command, cli: Cli): void {
  const instant = instantOption(() => cli.deps.now());
  monitor
    .command('replay')
    .description('what other settings would have made of the recorded past; changes nothing')
    .option('--since <instant>', 'an instant, or a duration ago; 7d unless given', instant)
    .option(
      '--set <signal=…>',
      'a step, a threshold, or both: probing=hold,5; repeat it',
      setOption,
    )
    .option(
      '--settings <file>',
      'what a configuration has as `monitor`, in place of the configured',
    )
    .option('--json', 'print an object', false)
    .action(async ({ since, set = {}, settings: file, json }: Options) => {
      cli.exit(
        await cli.withAdmin('monitor replay', async ({ context }) => {
          const base =
            file === undefined ? context.monitorSettings : await cli.deps.readMonitorSettings(file);
          const found = await replayMonitor(context, {
            since: since ?? instant('7d'),
            settings: settingsWith(base, set),
          });
          if (json) cli.print.json(replayJson(found));
          else printReplay(found, cli);
          return EXIT.done;
        }),
      );
    });
}

/** `probing=hold`, `probing=5` or `probing=hold,5`, beside what was set before. */
function setOption(text: string, before: Said = {}): Said {
  const [said = '', ...values] = text.split(/[=,]/);
  const name = SIGNALS.find((one) => one === said);
  if (name === undefined) throw new InvalidArgumentError(`no signal ${said}`);
  let rung: Partial<Rung> = { ...before[name] };
  for (const value of values) {
    const step = STEPS.find((one) => one === value);
    const threshold = Number(value);
    if (step !== undefined) rung = { ...rung, step };
    else if (value !== '' && threshold >= 1 && threshold <= 1e9) rung = { ...rung, threshold };
    else throw new InvalidArgumentError(`use a step (${STEPS.join(', ')}) or a number from 1`);
  }
  if (values.length === 0) throw new InvalidArgumentError('say to what, such as probing=hold');
  return { ...before, [name]: rung };
}

const settingsWith = (base: MonitorSettings, said: Said): MonitorSettings => ({
  ...base,
  ladder: Object.fromEntries(
    SIGNALS.map((name) => [name, { ...base.ladder[name], ...said[name] }]),
  ) as MonitorSettings['ladder'],
});

const replayJson = ({ settings, changed, ...found }: MonitorReplay) => ({
  observe: settings.observe,
  windowMs: settings.windowMs,
  rememberMs: settings.rememberMs,
  ...found,
  signals: found.signals.map((one) => ({ ...one, replayed: !CARRIED.has(one.signal) })),
  changed: changed.map((use) => ({ ...use, at: formatInstant(use.at) })),
});

function printReplay(found: MonitorReplay, { print }: Cli): void {
  const { uses, sessions, signals, was, would, changed, withoutArgs } = found;
  const beside = (before: number, after: number): string =>
    before === after ? String(after) : `${before} -> ${after}`;
  if (signals.length > 0) {
    print.table(
      ['SIGNAL', 'STEP', 'FROM', 'RAISED', 'CONTAINED', 'SESSIONS'],
      signals.map((one) => [
        ...[one.signal, one.step, String(one.threshold)],
        beside(one.was.raised, one.would.raised),
        beside(one.was.contained, one.would.contained),
        beside(one.was.sessions, one.would.sessions),
      ]),
    );
  }
  print.lines(
    `${uses} uses of ${sessions} sessions: ${beside(was.held, would.held)} held, ${beside(was.refused, would.refused)} refused`,
  );
  if (changed.length > 0) {
    print.table(
      ['EVENT', 'AT', 'SUBJECT', 'WHAT', 'WAS', 'WOULD'],
      changed
        .slice(-MAX_SHOWN)
        .map((use) => [
          ...[String(use.seq), formatInstant(use.at), use.subject],
          ...[use.thing, use.was, use.would],
        ]),
    );
  }
  if (changed.length > MAX_SHOWN) {
    print.note(`only the newest ${MAX_SHOWN} of ${changed.length}; --json has more`);
  }
  if (withoutArgs > 0) {
    print.note(
      `arguments of ${withoutArgs} uses were not recorded whole: large_arguments not judged`,
    );
  }
  print.note(`raised as they were, not judged again: ${[...CARRIED].join(', ')}`);
  const last = changed.at(-1);
  if (last !== undefined) print.next(['audit', 'show', String(last.seq)]);
}
