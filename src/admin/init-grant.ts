import { isSecretKey } from '../audit/secret-keys.ts';
import { parseGrant } from '../authorize/parse-grant.ts';
import type { PinnedItem } from '../domain/catalog-record.ts';
import { BrokerError } from '../domain/errors.ts';
import { member } from '../domain/json.ts';
import type { AdminContext } from './admin-context.ts';
import { type CreatedGrant, type DraftedGrant, draftGrant, publishGrant } from './create-grant.ts';

/** Hours the first grant lives. */
export const FIRST_GRANT_HOURS = 8;

/** Most rules of one grant. */
const MAX_RULES = 500;

const READS = words('count describe find get info list lookup read search show stat view');
const WRITES = words(`
  abort accept activate add alter amend append apply approve archive assign ban broadcast buy cancel
  change clear click close comment commit configure convert copy create cut deactivate delete deploy
  deny destroy disable dispatch download drop edit empty enable erase eval evaluate exec execute expire
  export fetch fill flush force fork forward generate grant hide import inject insert install
  invalidate invite invoke join kick kill launch lock log login logout mark merge migrate mint modify
  move mutate mute navigate notify open order overwrite patch pause pay play post press prune publish
  pull purchase purge push put query rebase reboot rebuild record redeem refresh refund regenerate
  register reject release remove rename renew reopen repair replace reply request resend reset resize
  resolve restart restore resume retry revert revoke rewrite rollback rotate run save schedule sell
  send set share shell shutdown sign spawn spend start stop store submit subscribe sudo suspend swap
  switch sync tag terminate toggle touch transfer transmit trash trigger truncate type unblock undo
  uninstall unlink unlock unpublish unset unsubscribe update upgrade upload upsert use vote wipe
  withdraw write
`);
/** Verbs that stay verbs whatever is joined to them: `deleteall`. */
const BEGINS_WRITE = /^(?:delete|destroy|erase|execute|overwrite|purge|remove|wipe|write)/;
/** What reading gives away. */
const TELLS = words('env environment process processes');

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

/**
 * Whether a tool can be guessed to read and nothing else: its server says so (`readOnlyHint`), and its
 * name has a word that reads, none that writes or sends, and none for what is secret. A guess: both
 * are the tool server's own words.
 */
export function isGuessedRead({
  name,
  definition,
}: Pick<PinnedItem, 'name' | 'definition'>): boolean {
  const hints = member(definition, 'annotations');
  // One that says both is not to be believed.
  if (member(hints, 'readOnlyHint') !== true || member(hints, 'destructiveHint') === true) {
    return false;
  }
  // Others would have to be written as a pattern.
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(name) || isSecretKey(name)) return false;
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    // `getHTTPDelete`
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return (
    parts.some((part) => READS.has(part)) &&
    !parts.some((part) => WRITES.has(part) || BEGINS_WRITE.test(part) || TELLS.has(part))
  );
}

/** What the first grant would give. */
export interface FirstGrant {
  /** Tool refs the subject is not permitted yet. */
  readonly permits: readonly string[];
  /** Live grants that permit the rest. */
  readonly already: readonly string[];
}

/**
 * Guesses what of these tool servers only reads, less what live grants of the subject name already:
 * asked twice, `init` gives once.
 */
export async function guessReads(
  context: AdminContext,
  subject: string,
  servers: readonly string[],
): Promise<FirstGrant> {
  const pinned = context.catalog.snapshot().servers;
  const now = context.clock.now();
  const live = context.grants.snapshot(subject).grants.filter(({ expiresAt }) => expiresAt > now);
  const holders = new Set<string>();
  const permits: string[] = [];
  for (const server of [...servers].sort()) {
    for (const tool of pinned.get(server)?.tools ?? []) {
      if (tool.quarantine !== undefined || !isGuessedRead(tool)) continue;
      const ref = `${server}/${tool.name}`;
      const holder = live.find(({ rules }) =>
        rules.some(({ effect, pattern }) => effect === 'permit' && pattern === ref),
      );
      if (holder === undefined) permits.push(ref);
      else holders.add(holder.id);
    }
  }
  return { permits: permits.slice(0, MAX_RULES), already: [...holders].sort() };
}

/**
 * Drafts the first grant: every tool on a line of its own, to be crossed out one by one.
 *
 * @throws BrokerError as `draftGrant`.
 */
export const draftFirstGrant = (
  context: AdminContext,
  subject: string,
  permits: readonly string[],
): Promise<DraftedGrant> =>
  draftGrant(context, {
    subject,
    permits,
    denies: [],
    lifeMs: FIRST_GRANT_HOURS * 3_600_000,
    purpose: 'A first look: read, change nothing',
    clients: [],
    comment: [
      'A guess by `toolgrant init`: tools whose server says they only read, and whose names agree.',
      'Neither is proof. Take out what should not be here.',
    ],
  });

/**
 * Writes the drafted grant where no broker looks, to be edited. Attack, or accident: a grant file that
 * only waits for an answer is applied by the first broker that starts on a state without grants.
 *
 * @returns the draft's file, never one that is there. @throws BrokerError as `GrantFiles.create`.
 */
export async function writeFirstGrant(
  context: AdminContext,
  { file, text }: DraftedGrant,
): Promise<string> {
  for (let number = 1; ; number += 1) {
    const draft = number === 1 ? `${file}.draft` : `${file}.${number}.draft`;
    if ((await context.grantFiles.readOne(draft)) !== undefined) continue;
    await context.grantFiles.create(draft, text);
    return draft;
  }
}

/**
 * Puts the grant in force, as its draft is now if there is one: the person may have edited it.
 *
 * @throws BrokerError `ERR_GRANT` for a draft that is gone, is no grant any more or has another id;
 * `ERR_USAGE` when another has made the grant's file; `ERR_NOT_COMMITTED`. The draft is then as it was.
 */
export async function applyFirstGrant(
  context: AdminContext,
  drafted: DraftedGrant,
  draft?: string,
): Promise<CreatedGrant> {
  const { file } = drafted;
  const text = draft === undefined ? drafted.text : await context.grantFiles.readOne(draft);
  const parsed = text === undefined ? undefined : parseGrant(text, file);
  const document = parsed?.ok === true ? parsed.document : undefined;
  if (text === undefined || document?.id !== drafted.document.id) {
    throw new BrokerError('ERR_GRANT', `${draft ?? file} is not the grant it was`, {
      hint: `mend it and rename it to ${file}, look with \`toolgrant grant validate\`, then \`toolgrant grant apply\``,
    });
  }
  const created = await publishGrant(context, { document, file, text });
  if (draft !== undefined) await context.grantFiles.discard(draft).catch(() => {});
  return created;
}

/**
 * Takes the draft back when the person does not want the grant.
 *
 * @returns `false` when the person has edited it: then it stays, and no broker looks at it.
 */
export async function dropFirstGrant(
  context: AdminContext,
  { text }: DraftedGrant,
  draft: string,
): Promise<boolean> {
  const now = await context.grantFiles.readOne(draft);
  if (now !== undefined && now !== text) return false;
  if (now !== undefined) await context.grantFiles.discard(draft);
  return true;
}
