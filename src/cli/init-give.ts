import { join } from 'node:path';
import type { AdminContext } from '../admin/admin-context.ts';
import type { DraftedGrant } from '../admin/create-grant.ts';
import {
  applyFirstGrant,
  draftFirstGrant,
  dropFirstGrant,
  guessReads,
  writeFirstGrant,
} from '../admin/init-grant.ts';
import { formatInstant } from '../authorize/format-grant.ts';
import type { Cli } from './cli.ts';
import { asksNobody, goOn, type InitOptions, Stopped } from './init-options.ts';

/** What became of the first grant. */
export type FirstGrantResult =
  | { readonly state: 'applied'; readonly grant: DraftedGrant }
  /** Live grants, by id, name all of it. */
  | { readonly state: 'already'; readonly ids: readonly string[] }
  | { readonly state: 'declined' }
  /** No tool server, or no tool that can be guessed to read only. */
  | { readonly state: 'none' };

/**
 * Drafts the guessed grant, shows it, lets the person edit it, and puts it in force.
 *
 * @throws Stopped; BrokerError as `applyFirstGrant`.
 */
export async function giveFirstGrant(
  cli: Cli,
  context: AdminContext,
  subject: string,
  servers: readonly string[],
  options: InitOptions,
): Promise<FirstGrantResult> {
  const { deps, print } = cli;
  goOn(cli);
  // Without a server there is nothing to guess about, and what was granted before stays.
  if (servers.length === 0) return { state: 'none' };
  const { permits, already } = await guessReads(context, subject, servers);
  if (permits.length === 0)
    return already.length > 0 ? { state: 'already', ids: already } : none(cli);
  const draft = await draftFirstGrant(context, subject, permits);
  const written = asksNobody(options) ? undefined : await writeFirstGrant(context, draft);
  const path = join(context.configDir, written ?? draft.file);
  if (!options.json) {
    print.note(`${path}:`);
    print.text(draft.text);
  }
  if (written !== undefined) {
    const answer = await deps.askLine(
      'edit the file first if you like; put it in force as it is then? [y/N]',
    );
    if (!/^y(es)?$/i.test(answer?.trim() ?? '')) {
      const isGone = await dropFirstGrant(context, draft, written);
      print.note(
        isGone ? 'no grant was given' : `no grant was given; ${path} stays, and nothing reads it`,
      );
      if (answer === undefined) throw new Stopped();
      return { state: 'declined' };
    }
  }
  const applied = await applyFirstGrant(context, draft, written);
  if (!options.json) print.note(`in force until ${formatInstant(applied.document.expiresAt)}`);
  return { state: 'applied', grant: applied };
}

function none(cli: Cli): FirstGrantResult {
  cli.print.note('no tool says that it only reads: nothing is granted yet');
  return { state: 'none' };
}
