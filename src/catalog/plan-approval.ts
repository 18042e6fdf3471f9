import type { PinnedItem, PinnedServer } from '../domain/catalog-record.ts';
import type { ItemFlag } from '../domain/item-flag.ts';
import { compareDefinitions, type MemberDifference } from './compare-definitions.ts';
import { isBlocked, withFlags } from './flag-offer.ts';
import { byKind, itemsOf, type KindedItem, parseItem, toLists } from './items.ts';
import { isTakenOut, type LockEntry } from './lock-entry.ts';

/** What an admin asks to approve of one server. */
export interface ApprovalWish {
  /** Only these, as `formatItem` names them; empty: everything the server offers, but for what people took out. */
  readonly items: readonly string[];
  /** What people took out as well. */
  readonly all: boolean;
  /** What has blocking flags as well. */
  readonly allowFlagged: boolean;
}

/** How one item differs between what is approved and what the server offers now. */
export interface ItemDifference {
  /** As `formatItem` names it. */
  readonly item: string;
  /** `same`: only its mark is to be taken away. */
  readonly kind: 'new' | 'gone' | 'changed' | 'same';
  readonly members: readonly MemberDifference[];
  readonly flags: readonly ItemFlag[];
  /** Why it stays as it is: a blocking flag, or people took it out. */
  readonly held?: 'flagged' | 'quarantined';
}

/** What would be approved, and what is shown for it. */
export interface ApprovalPlan {
  readonly differences: readonly ItemDifference[];
  /** Each item that is approved as it was shown; `undefined` for one that is gone. */
  readonly approved: ReadonlyMap<string, KindedItem<PinnedItem> | undefined>;
  /** Offered items nobody knew, kept as unapproved. */
  readonly noted: readonly KindedItem<PinnedItem>[];
}

/**
 * Plans the approval of what a server offers.
 *
 * @param reviewed the server's entry in the lock file: an item it took out needs no naming once
 * file and server agree on its definition.
 */
export function planApproval(
  known: PinnedServer | undefined,
  offered: readonly KindedItem<PinnedItem>[],
  flags: ReadonlyMap<string, readonly ItemFlag[]>,
  reviewed: LockEntry | undefined,
  wish: ApprovalWish,
): ApprovalPlan {
  const before = byWord(known);
  const after = new Map(offered.map((each) => [each.word, each]));
  const differences: ItemDifference[] = [];
  const approved = new Map<string, KindedItem<PinnedItem> | undefined>();
  const noted: KindedItem<PinnedItem>[] = [];
  const isMeant = (word: string): boolean => wish.items.length === 0 || wish.items.includes(word);

  for (const word of inOrder([...before.keys(), ...after.keys()])) {
    const old = before.get(word)?.item;
    const offer = after.get(word);
    const now = offer?.item;
    if (!isMeant(word)) continue;
    if (old !== undefined && old.quarantine === undefined && old.hash === now?.hash) continue;
    const of = flags.get(word) ?? [];
    // Not what an admin took out: the file may never have been told.
    const isLifted =
      wish.all ||
      wish.items.includes(word) ||
      (old?.quarantine?.reason === 'by_lock' && isAgreed(offer, reviewed));
    const held =
      old !== undefined && isTakenOut(old) && !isLifted
        ? 'quarantined'
        : isBlocked(of) && now !== undefined && !wish.allowFlagged
          ? 'flagged'
          : undefined;
    differences.push({
      item: word,
      kind: kindOf(old, now),
      members: compareDefinitions(approvedDefinition(old), now?.definition),
      flags: of,
      ...(held === undefined ? {} : { held }),
    });
    if (held === undefined) {
      const shown = offer === undefined ? undefined : { ...offer, item: withFlags(offer.item, of) };
      approved.set(word, shown);
    } else if (old === undefined && offer !== undefined) {
      noted.push({ ...offer, item: { ...offer.item, quarantine: { reason: 'unapproved' } } });
    }
  }
  return { differences, approved, noted };
}

/**
 * What is known once a plan is carried out. Items outside the plan stay as they are now: a mark that
 * came while the difference was looked at is not lifted.
 *
 * @param shown what was known when the plan was made.
 * @param live the server as it described itself then.
 */
export function carryOut(
  plan: ApprovalPlan,
  shown: PinnedServer | undefined,
  now: PinnedServer | undefined,
  live: Omit<PinnedServer, 'tools' | 'prompts' | 'templates' | 'about'>,
): PinnedServer {
  const marks = byWord(shown);
  const items = byWord(now);
  for (const [word, approved] of plan.approved) {
    const current = items.get(word)?.item;
    if (current !== undefined && isTakenOut(current)) {
      if (marks.get(word)?.item.quarantine?.reason !== current.quarantine?.reason) continue;
    }
    if (approved === undefined) items.delete(word);
    else items.set(word, approved);
  }
  for (const each of plan.noted) if (!items.has(each.word)) items.set(each.word, each);
  return { ...live, ...toLists([...items.values()]) };
}

const byWord = (pinned: PinnedServer | undefined): Map<string, KindedItem<PinnedItem>> =>
  new Map(pinned === undefined ? [] : itemsOf(pinned).map((each) => [each.word, each]));

/** Each once, by kind and name. */
const inOrder = (words: readonly string[]): readonly string[] =>
  [...new Set(words)]
    .map((word) => ({ word, ...parseItem(word) }))
    .sort(byKind)
    .map(({ word }) => word);

function kindOf(old: PinnedItem | undefined, now: PinnedItem | undefined): ItemDifference['kind'] {
  if (now === undefined) return 'gone';
  if (old === undefined || old.quarantine?.reason === 'unapproved') return 'new';
  return old.hash === now.hash ? 'same' : 'changed';
}

/** Nothing of an unapproved item was ever looked at: all of it is new. */
const approvedDefinition = (old: PinnedItem | undefined) =>
  old?.quarantine?.reason === 'unapproved' ? undefined : old?.definition;

const isAgreed = (
  now: KindedItem<PinnedItem> | undefined,
  reviewed: LockEntry | undefined,
): boolean =>
  now !== undefined &&
  reviewed !== undefined &&
  !(reviewed.quarantined ?? []).includes(now.word) &&
  itemsOf(reviewed).some(({ word, item }) => word === now.word && item.hash === now.item.hash);
