import type { ItemDifference, ItemFlag, MemberDifference } from '../admin/approve-tools.ts';

/** Most characters shown of one member, and members shown of one item: `--json` has all. */
const MAX_CHARS = 2_000;
const MAX_MEMBERS = 40;
const MAX_ITEMS = 100;

const KINDS: Readonly<Record<ItemDifference['kind'], string>> = {
  new: 'new',
  gone: 'gone',
  changed: 'changed',
  same: 'unchanged',
};

const HELD: Readonly<Record<NonNullable<ItemDifference['held']>, string>> = {
  flagged: 'stays out: add --allow-flagged if what is flagged is meant',
  quarantined: 'stays out: name it, or add --all',
};

/**
 * Differences as lines for people, word by word: `[-gone-]`, `{+new+}`. Bounded, and every cut says
 * what it leaves out: a definition may be megabytes.
 */
export function differenceLines(differences: readonly ItemDifference[]): readonly string[] {
  const lines = differences
    .slice(0, MAX_ITEMS)
    .flatMap(({ item, kind, members, flags, held }) => [
      `${KINDS[kind]}  ${item}`,
      ...flags.map((flag) => `  ! ${flagWords(flag)}`),
      ...members.slice(0, MAX_MEMBERS).map((member) => `  ${memberLine(member)}`),
      ...more(members.length - MAX_MEMBERS, 'members'),
      ...(held === undefined ? [] : [`  ${HELD[held]}`]),
    ]);
  return [...lines, ...more(differences.length - MAX_ITEMS, 'items')];
}

/** A flag in words: what was noticed, and where. */
export const flagWords = ({ kind, at, found, isBlocking }: ItemFlag): string =>
  `${kind}${isBlocking ? '' : ' (does not block)'} ${at}: ${found}`;

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function memberLine({ at, kind, parts }: MemberDifference): string {
  let room = MAX_CHARS;
  let left = 0;
  const shown = parts.map((part) => {
    const text = part.text.slice(0, Math.max(0, room));
    room -= part.text.length;
    left += part.text.length - text.length;
    if (text === '') return '';
    if (kind !== 'changed' || part.kind === 'same') return text;
    return part.kind === 'removed' ? `[-${text}-]` : `{+${text}+}`;
  });
  const cut = left === 0 ? '' : ` … ${left} more characters, see --json`;
  return `${SIGNS[kind]} ${at === '' ? '/' : at}: ${shown.join('')}${cut}`;
}

const more = (count: number, what: string): readonly string[] =>
  count > 0 ? [`  … ${count} more ${what}, see --json`] : [];

/** The `--json` shape of one difference. */
export const differenceJson = ({ item, kind, members, flags, held }: ItemDifference) => ({
  tool: item,
  kind,
  members,
  flags,
  held: held ?? null,
});
