import { formatGrant } from '../authorize/format-grant.ts';
import type { GrantDocument, GrantRule } from '../authorize/grant-record.ts';
import { parseGrant } from '../authorize/parse-grant.ts';
import { kindedPattern } from '../authorize/rule-kind.ts';
import { ruleText } from '../authorize/rule-text.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';
import { grantEvent } from './grant-event.ts';
import { assertNoOptionIsWrong } from './grant-option-problem.ts';
import { checkedFiles, parseGrantFiles } from './plan-grants.ts';

/** What a permit asks of a use, but for what is only tried out. */
export type WishedTerms = Pick<
  GrantRule,
  'when' | 'hours' | 'rates' | 'approval' | 'waitMs' | 'maxResultBytes'
>;

/** A grant as a person asks for it. */
export interface GrantWish {
  readonly subject: string;
  readonly permits: readonly string[];
  readonly denies: readonly string[];
  /** What each of the permits asks of a use. */
  readonly terms?: WishedTerms;
  /** Milliseconds from now. */
  readonly lifeMs: number;
  readonly purpose?: string;
  /** Profile names; any client when empty. */
  readonly clients: readonly string[];
  /** Made from subject and server when absent. */
  readonly id?: string;
  /** Lines at the head of the file, for whoever reviews it. */
  readonly comment?: readonly string[];
}

/** A grant file that is, or would be, written. */
export interface DraftedGrant {
  readonly document: GrantDocument;
  readonly file: string;
  readonly text: string;
}

/** A grant that is in force. */
export interface CreatedGrant extends DraftedGrant {
  readonly epoch: number;
  /** Absent when the grant denies nothing: then it takes nothing away. */
  readonly drain?: DrainReport;
}

/**
 * Writes out the grant a person asks for, without saving it. What is read back is what counts: the
 * text goes through the same strict reader as any file, and its conditions are checked as a file's are.
 *
 * @throws BrokerError `ERR_GRANT` or `ERR_NOT_ENFORCED` for a grant that would not be read back,
 * `ERR_USAGE` for an id that is taken, by a file, a grant in force or a tombstone.
 */
export async function draftGrant(context: AdminContext, wish: GrantWish): Promise<DraftedGrant> {
  const taken = await takenIds(context);
  const id = wish.id ?? freeId(wish, taken);
  if (taken.has(id)) {
    throw new BrokerError('ERR_USAGE', `the grant id ${id} is taken`, {
      hint: 'choose another --id; a revoked one comes back with `toolgrant grant apply --reinstate ID`',
    });
  }
  const permits = wish.permits.map((pattern): GrantRule => {
    return { effect: 'permit', pattern, ...wish.terms, line: 0 };
  });
  const denies = wish.denies.map((pattern): GrantRule => ({ effect: 'deny', pattern, line: 0 }));
  // To the second, as a person would write it.
  const expiresAt = Math.floor((context.clock.now() + wish.lifeMs) / 1000) * 1000;
  const file = context.grantFiles.pathFor(id);
  if (!Number.isFinite(new Date(expiresAt).getTime())) {
    throw new BrokerError('ERR_USAGE', '--ttl: the life is too long', {
      hint: 'such as 8h or 7d',
    });
  }
  const comment = (wish.comment ?? []).map((line) => `# ${line}\n`).join('');
  const grant = formatGrant({
    id,
    subject: wish.subject,
    purpose: wish.purpose ?? 'not stated',
    expiresAt,
    rules: [...permits, ...denies],
    ...(wish.clients.length === 0 ? {} : { clients: wish.clients }),
  });
  const text = comment + grant;
  const read = { file, text, parsed: parseGrant(text, file) };
  const [{ parsed } = read] = await checkedFiles(context, [read]);
  if (!parsed.ok) {
    assertNoOptionIsWrong(parsed.problems, text, wish, id);
    throw new BrokerError('ERR_GRANT', `${file} would not be a grant`);
  }
  return { document: parsed.document, file, text };
}

/**
 * Writes a new grant file and puts the grant in force.
 *
 * @throws BrokerError as `draftGrant`; as `publishGrant`.
 */
export const createGrant = async (context: AdminContext, wish: GrantWish): Promise<CreatedGrant> =>
  publishGrant(context, await draftGrant(context, wish));

/**
 * Writes the file of a drafted grant, never over another, and puts the grant in force; drains live
 * brokers when it takes anything away. When it cannot be committed the file is taken back.
 *
 * @throws BrokerError `ERR_NOT_COMMITTED`; `ERR_UNREACHABLE`.
 */
export async function publishGrant(
  context: AdminContext,
  draft: DraftedGrant,
): Promise<CreatedGrant> {
  const { document, file, text } = draft;
  await context.grantFiles.create(file, text);
  const differences = document.rules.map((rule) => `+ ${ruleText(rule)}`);
  const event = grantEvent(context, 'TG3001', document, file, differences);
  let epoch: number;
  try {
    epoch = await context.grants.change(
      [{ kind: 'put', document, file, event }],
      context.clock.now(),
    );
  } catch (error) {
    // Left behind it would be applied by the next `grant apply`, which nobody meant to happen.
    await context.grantFiles.discard(file).catch(() => {});
    throw error;
  }
  if (!document.rules.some(({ effect }) => effect === 'deny')) return { ...draft, epoch };
  return { ...draft, epoch, drain: await drainBrokers(context) };
}

async function takenIds(context: AdminContext): Promise<ReadonlySet<string>> {
  const files = await context.grantFiles.read();
  const onDisk = parseGrantFiles(files).flatMap(({ parsed }) =>
    parsed.ok ? [parsed.document.id] : [],
  );
  const names = files.flatMap(({ file }) => /([^/]+)\.ya?ml$/.exec(file)?.[1] ?? []);
  const applied = await context.grants.all();
  return new Set([...names, ...onDisk, ...applied.map(({ id }) => id)]);
}

/** `<subject>-<server>`, or `<subject>-tools` when rules name several servers; numbered when taken. */
function freeId(wish: GrantWish, taken: ReadonlySet<string>): string {
  const servers = new Set(
    [...wish.permits, ...wish.denies].map((pattern) => kindedPattern(pattern).glob.split('/')[0]),
  );
  const [server] = servers;
  const isOne = servers.size === 1 && server !== undefined && /^[A-Za-z0-9_-]+$/.test(server);
  const slug = `${wish.subject}-${isOne ? server : 'tools'}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 56)
    .replace(/-+$/, '');
  const base = slug === '' ? 'grant' : slug;
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) {
    if (!taken.has(`${base}-${number}`)) return `${base}-${number}`;
  }
}
