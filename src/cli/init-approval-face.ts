import type { ItemDifference } from '../admin/approve-tools.ts';
import type { ApprovalFace } from '../admin/init-approve.ts';
import type { Cli } from './cli.ts';
import { asksNobody, goOn, type InitOptions, Stopped } from './init-options.ts';
import { differenceLines } from './print-difference.ts';

const MAX_NAMES = 12;

/** Shows tool servers starting, and asks about what they offer; details when asked for. */
export function approvalFace(cli: Cli, options: InitOptions): ApprovalFace {
  const { deps, print } = cli;
  return {
    onStart(server) {
      goOn(cli);
      deps.stderr(`starting ${server} … `);
    },
    onOffer: (_server, tools) => deps.stderr(`${count(tools, 'tool')}\n`),
    onFailed: () => deps.stderr('failed\n'),
    async approve(server, differences, remarks) {
      for (const line of [...summary(differences), ...remarks]) print.note(`  ${line}`);
      if (asksNobody(options)) return true;
      for (;;) {
        const answer = await deps.askLine(
          `approve these definitions of ${server}? [y]es, [n]o, [d]etails:`,
        );
        if (answer === undefined) throw new Stopped();
        if (/^y(es)?$/i.test(answer.trim())) return true;
        if (/^n(o)?$/i.test(answer.trim())) return false;
        if (/^d(etails)?$/i.test(answer.trim())) print.lines(...differenceLines(differences));
      }
    },
  };
}

function summary(differences: readonly ItemDifference[]): readonly string[] {
  const names = differences.map(({ item }) => item);
  const more = names.length - MAX_NAMES;
  const flagged = differences.filter(({ flags }) => flags.length > 0);
  const held = differences.filter((each) => each.held !== undefined);
  return [
    `${names.slice(0, MAX_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    ...flagged.map(
      ({ item, flags }) => `! ${item}: ${[...new Set(flags.map((flag) => flag.kind))].join(', ')}`,
    ),
    ...held.map(({ item }) => `${item} stays out until it is approved by name`),
  ].filter((line) => line !== '');
}

/** A number with its noun: `1 tool`, `14 tools`. */
export const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? '' : 's'}`;
