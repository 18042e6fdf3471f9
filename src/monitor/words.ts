import { actOfOtherTongue, OTHER_ACTS, spaced } from './other-tongues.ts';

/**
 * What words and names of tools are about, by families: `pay the bill` and `send_money` have one in
 * common. Coarse on purpose: it says that a tool was asked for, never that it was not.
 */
const FAMILIES: Readonly<Record<string, string>> = {
  send: 'send sent email mail forward share message reply respond notify post submit report tell publish comment greet summary',
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
  lock: 'lock unlock block close open stop start restart reboot kill turn switch mute',
  remember: 'remember memorize store memory save',
  change:
    'change configure grant rotate apply approve accept update set reset modify replace edit rename alter disable enable',
  move: 'move copy relocate duplicate same',
  fetch: 'download save fetch clone pull install retrieve attach attachment obtain',
  upload: 'upload export release push commit sync deploy merge',
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

/** Families that a thing tells of: who pays moves money. */
export const DEEDS: Families = ['send', 'pay', 'buy', 'refund', 'meet', 'invite', 'star'].reduce(
  (set, name) => set | (1 << NAMES.indexOf(name)),
  0,
);

/** The families of one word, in lower case and any common ending. */
export function familiesOf(word: string): Families {
  const known = BY_WORD.get(word);
  if (known !== undefined) return known;
  const other = actOfOtherTongue(word);
  if (other !== undefined) return BY_WORD.get(other) ?? 0;
  return BY_WORD.get(stem(word)) ?? BY_WORD.get(`${stem(word)}e`) ?? 0;
}

/** What names of tools shorten. */
const SHORTENED: ReadonlyMap<string, string> = new Map(
  'repo:repository repos:repository dir:directory info:information doc:document docs:document msg:message config:configuration app:application org:organization img:image pic:picture pwd:password addr:address db:database acct:account txn:transaction pr:pull'
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
);

/** A word without the ending that English gives it: `repositories` and `repository` are one. */
export function stem(word: string): string {
  const long = word.length < 7 ? SHORTENED.get(word) : undefined;
  if (long !== undefined) return long;
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
  spaced(text)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** What may be told in the imperative, in English. */
const ENGLISH_ACTS: ReadonlySet<string> = new Set(
  'do send sent email mail forward share reply notify post submit pay transfer wire remit donate purchase buy order checkout delete remove erase wipe clear drop cancel create add make schedule open insert write book reserve register plan invite grant star unstar like change update set reset modify replace edit rename disable enable move copy download save fetch clone pull install retrieve attach upload push commit visit browse navigate click access follow fill enter propose raise run execute invoke call launch login verify authorize authenticate give provide include append use refund put publish report log export unlock lock merge close assign approve accept grant revoke restart stop reboot kill turn switch unsubscribe deploy tweet message text call dial contact inform block mute apply redeem withdraw deposit exchange archive restore release trigger drop rotate expose configure request remember memorize store tell'.split(
    ' ',
  ),
);

/** What may be told, in any tongue that is known here. */
export const ACTS: ReadonlySet<string> = new Set([...ENGLISH_ACTS, ...OTHER_ACTS]);

/** Words that nearly every task has, and that so say nothing of one. */
const COMMON: ReadonlySet<string> = new Set(
  'please the and for you can how was are has had any all not but its his her our who now get out one two this that with from have help find what make sure they them then your mine could would should will need want just some more also into there here about after before first last next today tomorrow which when where email account information info user detail message file link page using only'.split(
    ' ',
  ),
);

/** Stems of a text that say what it is about, and not only that it is English. */
export const topicOf = ({ stems }: About): readonly string[] =>
  [...stems].filter((one) => one.length > 2 && !COMMON.has(one) && !ENGLISH_ACTS.has(one));

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
