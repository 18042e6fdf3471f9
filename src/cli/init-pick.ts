import { basename } from 'node:path';
import type { Candidate } from '../admin/init-import.ts';
import type { InitClient, ServerWords } from '../admin/init-ports.ts';
import { type Inputs, inputIdsOf, replaceSecrets, secretsOf } from '../admin/init-secrets.ts';
import type { Cli } from './cli.ts';
import { asksNobody, type InitOptions, Stopped } from './init-options.ts';

const MAX_SHOWN = 60;

/** Shows what was found, numbered as it is picked by. */
export function printFound(
  cli: Cli,
  found: readonly Candidate[],
  clients: readonly InitClient[],
): void {
  const titleOf = (id: string) => clients.find((client) => client.id === id)?.title ?? id;
  cli.print.table(
    ['', 'SERVER', 'STARTED AS', 'IN', ''],
    found.map((one, at) => [
      String(at + 1),
      one.name,
      shownEntry(one.entry),
      [...new Set(one.from.map(({ client }) => titleOf(client)))].join(', '),
      remarks(one).join(', '),
    ]),
  );
}

function remarks({ entry, isKnown, isDisabled, problem, resembles }: Candidate): readonly string[] {
  const secrets = secretsOf(entry).length;
  return [
    ...(isKnown ? ['in the configuration already'] : []),
    ...(resembles === undefined ? [] : [`is not the ${resembles} of the configuration`]),
    ...(isDisabled ? ['switched off'] : []),
    ...(secrets === 0 ? [] : [secrets === 1 ? '1 secret' : `${secrets} secrets`]),
    ...(problem === undefined ? [] : [problem]),
  ];
}

/** An entry in one line, secrets left out. */
function shownEntry(entry: ServerWords): string {
  const shown = replaceSecrets(entry, () => '***');
  const text =
    'url' in shown
      ? shown.url.replace(/[?#].*$/s, '?…')
      : [basename(shown.command), ...shown.args].join(' ');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/**
 * Which tool servers are taken over: what the person says, or all that are switched on and not to be
 * mistaken for another.
 *
 * @throws Stopped
 */
export async function pickServers(
  cli: Cli,
  found: readonly Candidate[],
  options: InitOptions,
): Promise<readonly Candidate[]> {
  const usual = found.filter(
    ({ isDisabled, resembles }) =>
      options.server !== undefined || (!isDisabled && resembles === undefined),
  );
  if (asksNobody(options)) return usual;
  for (;;) {
    const answer = await cli.deps.askLine('which of them? numbers, or Enter for all:');
    if (answer === undefined) throw new Stopped();
    const words = answer.split(/[\s,]+/).filter((word) => word !== '');
    if (words.length === 0 || /^all$/i.test(words.join(' '))) return usual;
    const picked = words.map((word) => found[Number(word) - 1]);
    if (picked.every((one) => one !== undefined)) return [...new Set(picked)];
    cli.print.note(`numbers from 1 to ${found.length}, such as: 1 3`);
  }
}

/**
 * Asks for what the clients would have asked for, hidden: once for each client and id.
 *
 * @returns by the server's name; nothing for one that is left without.
 * @throws Stopped
 */
export async function askInputs(
  cli: Cli,
  picked: readonly Candidate[],
  options: InitOptions,
): Promise<ReadonlyMap<string, Inputs>> {
  const given = new Map<string, Inputs>();
  if (asksNobody(options)) return given;
  const asked = new Map<string, string>();
  for (const { name, entry, from, isKnown } of picked) {
    if (isKnown) continue;
    const inputs = new Map<string, string>();
    for (const id of inputIdsOf(entry)) {
      const key = `${from[0]?.client} ${id}`;
      const answer =
        asked.get(key) ??
        (await cli.deps.askHidden(`${id}, which ${name} needs, or Enter to leave ${name} out:`));
      if (answer === undefined) throw new Stopped();
      asked.set(key, answer);
      if (answer !== '') inputs.set(id, answer);
    }
    if (inputs.size > 0) given.set(name, inputs);
  }
  return given;
}
