import type { AdminContext } from '../admin/admin-context.ts';
import { type InForce, inForce } from '../admin/in-force.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';
import { formatInstant } from './format-instant.ts';

/** More are not told of one by one. */
const MAX_SUBJECTS = 5;

/**
 * Says what is in force now for subjects whose rights just changed, and what makes their clients show
 * it: brokers obey at once, clients keep the list they have. The change stands whatever happens here.
 */
export async function remarkInForce(
  cli: Cli,
  context: AdminContext,
  subjects: Iterable<string>,
): Promise<void> {
  const told = [...new Set(subjects)].sort();
  for (const subject of told.slice(0, MAX_SUBJECTS)) {
    try {
      const now = await inForce(context, subject);
      cli.print.note(`in force now for ${subject}: ${describe(now)}`);
      for (const line of restarts(cli, now)) cli.print.note(line);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      cli.print.warning(`what is in force for ${subject} cannot be read: ${error.message}`);
    }
  }
  if (told.length > MAX_SUBJECTS) cli.print.note(`and ${told.length - MAX_SUBJECTS} more subjects`);
}

/** The same for the subjects of grants, revoked ones too. */
export async function remarkGrantsInForce(
  cli: Cli,
  context: AdminContext,
  ids: readonly string[],
): Promise<void> {
  try {
    const grants = (await context.grants.all()).filter(({ id }) => ids.includes(id));
    await remarkInForce(
      cli,
      context,
      grants.map(({ subject }) => subject),
    );
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    cli.print.warning(`what is in force cannot be read: ${error.message}`);
  }
}

function describe(inForce: InForce): string {
  const { tools, servers, prompts, readable, asking, unseen, until } = inForce;
  if (until === undefined) return 'nothing';
  const what = [
    ...(tools > 0 ? [`${tools} tool${tools === 1 ? '' : 's'} of ${list(servers)}`] : []),
    ...(prompts > 0 ? [`${prompts} prompt${prompts === 1 ? '' : 's'}`] : []),
    ...(readable.length > 0 ? [`resources of ${list(readable)}`] : []),
    ...(asking.length > 0 ? [`questions of ${list(asking)}`] : []),
    ...(unseen.length > 0 ? [`what ${list(unseen)} will offer`] : []),
  ].join(', and ');
  const { first, last } = until;
  return first === last
    ? `${what}, until ${formatInstant(last)}`
    : `${what}, the first until ${formatInstant(first)}, the last until ${formatInstant(last)}`;
}

function restarts(cli: Cli, { connected }: InForce): readonly string[] {
  const found = new Set<string>();
  for (const profile of connected) {
    // The longest name that fits: another client's may be its beginning.
    const [client] = cli.deps.clients
      .filter(({ id }) => profile === id || profile.startsWith(`${id}-`))
      .sort((a, b) => b.id.length - a.id.length);
    if (client === undefined) continue;
    found.add(`${client.title} is connected and may show an older list: ${client.needsRestart}`);
  }
  return [...found];
}

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
