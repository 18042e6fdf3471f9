import type { Command } from 'commander';
import { type LearntGrant, learntGrants, setFrozen } from '../admin/monitor-learnt.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';

const HEADER = ['GRANT', 'SESSIONS', 'THINGS', 'DESTINATIONS', 'ARGUMENTS', 'RESULT', 'RATE'];

/** `toolgrant monitor learnt`: what a grant's sessions do, as far as it was learnt. */
export function addMonitorLearnt(monitor: Command, cli: Cli): void {
  monitor
    .command('learnt')
    .description('what was learnt of each grant, or all that was learnt of one')
    .argument('[grant]')
    .option('--json', 'print an array', false)
    .action(async (grant: string | undefined, { json }: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('monitor learnt', async ({ context }) => {
          const found = await learntGrants(context, grant);
          if (json) cli.print.json(found.map(learntJson));
          else if (grant === undefined) printAll(found, cli);
          else for (const one of found) printOne(one, cli);
          return EXIT.done;
        }),
      );
    });
}

/** What was learnt, for `--json`. Destinations are keyed digests: how many there are says all. */
export const learntJson = ({ grant, profile }: LearntGrant) => {
  const { isFrozen = false, destinations, ...learnt } = profile;
  return { grant, ...learnt, destinations: destinations.length, frozen: isFrozen };
};

function printAll(found: readonly LearntGrant[], { print }: Cli): void {
  print.table(
    [...HEADER, 'HOURS', 'STATE'],
    found.map(({ grant, profile }) => [
      ...[grant, String(profile.sessions), String(Object.keys(profile.used).length)],
      ...[profile.destinations.length, profile.argsBytes, profile.resultBytes].map(String),
      ...[String(profile.rate), hoursOf(profile.hours), stateOf(profile)],
    ]),
  );
  const [first] = found;
  if (first !== undefined) print.next(['monitor', 'learnt', first.grant]);
}

function printOne({ grant, profile }: LearntGrant, { print }: Cli): void {
  const { sessions, used, destinations, argsBytes, resultBytes, rate, hours } = profile;
  print.lines(
    `${grant}: ${sessions} sessions, ${stateOf(profile)}`,
    `destinations of tools that write or send: ${destinations.length}`,
    `largest arguments ${argsBytes} bytes, largest result ${resultBytes} bytes`,
    `at most ${rate} uses within a window, at ${hoursOf(hours)} UTC`,
  );
  const byUse = Object.entries(used).sort(
    ([a, one], [b, other]) => other - one || (a < b ? -1 : 1),
  );
  print.table(
    ['THING', 'SESSIONS'],
    byUse.map(([thing, times]) => [thing, String(times)]),
  );
  print.next(['monitor', profile.isFrozen === true ? 'unfreeze' : 'freeze', grant]);
}

const stateOf = ({ isFrozen }: LearntGrant['profile']): string =>
  isFrozen === true ? 'frozen' : 'learning';

/** Hours of the day with those between two of them left out: `8-11, 14`. */
function hoursOf(hours: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const hour of hours) {
    const last = spans.at(-1);
    if (last !== undefined && last[1] === hour - 1) last[1] = hour;
    else spans.push([hour, hour]);
  }
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

/** `toolgrant monitor freeze` and `unfreeze`: whether a grant goes on being learnt. */
export function addMonitorFreeze(monitor: Command, cli: Cli): void {
  const add = (name: string, description: string, isFrozen: boolean): void => {
    monitor
      .command(name)
      .description(description)
      .argument('<grant>')
      .option('--json', 'print the result as JSON', false)
      .action(async (grant: string, { json }: { json: boolean }) => {
        cli.exit(
          await cli.withAdmin(`monitor ${name}`, async ({ context }) => {
            const { print } = cli;
            const { wasSo, drain } = await setFrozen(context, grant, isFrozen);
            if (json) {
              print.json({ grant, frozen: isFrozen, wasSo, brokers: drainJson(drain) });
              remarkSilent(drain, print);
            } else {
              print.lines(
                `${isFrozen ? 'frozen' : 'learning'}${wasSo ? ' already' : ''}: ${grant}`,
              );
              printDrain(drain, print);
            }
            print.next(isFrozen ? ['monitor', 'unfreeze', grant] : ['monitor', 'learnt', grant]);
            return exitOfDrain(drain);
          }),
        );
      });
  };
  add('freeze', 'learn no more of a grant: what is not learnt is unusual from now on', true);
  add('unfreeze', 'learn further of a grant', false);
}
