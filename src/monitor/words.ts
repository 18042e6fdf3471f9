/**
 * What words and names of tools are about, by families: `pay the bill` and `send_money` have one in
 * common. Coarse on purpose: it says that a tool was asked for, never that it was not.
 */
const FAMILIES: Readonly<Record<string, string>> = {
  send: 'send email mail forward share message reply respond notify post submit report tell publish comment greet summary',
  pay: 'pay payment transfer wire remit donate money fund bill fee rent balance charge deposit top afford',
  buy: 'buy rebuy purchase order checkout cart shop product item discount cheap',
  refund: 'refund return reimburse',
  give: 'transfer ownership owner assign',
  delete:
    'delete remove erase wipe clear drop cancel destroy purge unstar unsubscribe uninstall revoke',
  create:
    'create add make schedule new insert write generate book reserve register plan setup append',
  meet: 'calendar event meeting appointment schedule dinner reserve',
  invite: 'invite invitation collaborator collaborate member participant grant',
  star: 'star unstar like upvote follow',
  change: 'change update set reset modify replace edit rename alter disable enable',
  move: 'move copy relocate duplicate same',
  fetch: 'download save fetch clone pull install retrieve attach attachment obtain',
  upload: 'upload push commit sync deploy merge',
  visit:
    'visit browse navigate click link website site webpage page url access open www fill input enter form',
  issue: 'issue propose raise ticket bug',
  run: 'run execute invoke call launch start',
  enter: 'login log signin verify authorize authenticate account password credential',
};

const NAMES = Object.keys(FAMILIES);
const BY_WORD = new Map<string, number>();
for (const [at, name] of NAMES.entries()) {
  for (const word of (FAMILIES[name] ?? '').split(' ')) {
    BY_WORD.set(word, (BY_WORD.get(word) ?? 0) | (1 << at));
  }
}

/** A set of families, a bit for each. */
export type Families = number;

/** Families that send data or value out of reach, by the name of a tool alone. */
export const OUTWARD: Families = ['send', 'pay', 'give', 'visit', 'upload', 'invite'].reduce(
  (set, name) => set | (1 << NAMES.indexOf(name)),
  0,
);
/** Reading that tells another host something: its address. */
export const VISITING: Families = 1 << NAMES.indexOf('visit');
/** Families that are hard to take back. */
export const UNDOING: Families = ['delete', 'give', 'pay', 'change'].reduce(
  (set, name) => set | (1 << NAMES.indexOf(name)),
  0,
);

/** The families of one word, in lower case and any common ending. */
export function familiesOf(word: string): Families {
  const known = BY_WORD.get(word);
  if (known !== undefined) return known;
  return BY_WORD.get(stem(word)) ?? BY_WORD.get(`${stem(word)}e`) ?? 0;
}

/** A word without the ending that English gives it: `repositories` and `repository` are one. */
export function stem(word: string): string {
  if (word.length > 5 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 5 && word.endsWith('ing')) return single(word.slice(0, -3));
  if (word.length > 4 && word.endsWith('ed')) return single(word.slice(0, -2));
  if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss')) return word.slice(0, -1);
  return word;
}

/** `dropp` of `dropping` is `drop`. */
const single = (text: string): string => (/([bdglmnprt])\1$/.test(text) ? text.slice(0, -1) : text);

/** Of ASCII, 1 for a digit or a small letter, 2 for a capital. */
const LETTERS = new Uint8Array(0x80);
LETTERS.fill(1, 0x30, 0x3a).fill(2, 0x41, 0x5b).fill(1, 0x61, 0x7b);

/** Words in lower case, of a text or of a tool's name (`send_money`, `sendMoney`). */
export function wordsOf(text: string): readonly string[] {
  const lower = text.toLowerCase();
  const words: string[] = [];
  let start = -1;
  let before = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = LETTERS[text.charCodeAt(at)];
    if (letter === undefined) return wordsOfAny(text);
    if (start >= 0 && (letter === 0 || (letter === 2 && before === 1))) {
      words.push(lower.slice(start, at));
      start = -1;
    }
    if (start < 0 && letter !== 0) start = at;
    before = letter;
  }
  if (start >= 0) words.push(lower.slice(start));
  return words;
}

/** As `wordsOf`, in any script. */
const wordsOfAny = (text: string): readonly string[] =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

const COMMON: ReadonlySet<string> = new Set(
  'please this that with from have help find what make sure they them then your mine could would should will need want just some more also into there here about'.split(
    ' ',
  ),
);

/** Stems of a text that say what it is about, and not only that it is English. */
export const contentOf = ({ stems }: About): readonly string[] =>
  [...stems].filter((one) => one.length > 3 && !COMMON.has(one));

/** What a text is about. */
export interface About {
  readonly families: Families;
  /** Stems of its words. */
  readonly stems: ReadonlySet<string>;
}

/** What a purpose or a tool's name is about. */
export function aboutOf(text: string): About {
  let families = 0;
  const stems = new Set<string>();
  for (const word of wordsOf(text)) {
    families |= familiesOf(word);
    if (word.length > 2) stems.add(stem(word));
  }
  return { families, stems };
}
