import type { Json } from '../domain/json.ts';
import { destinationsOfText, readableOf } from './destinations.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import { type About, aboutOf, stem, topicOf, wordsOf } from './words.ts';

/** What a grant is for, as far as its words say. */
export interface Purpose {
  readonly about: About;
  /** Stems of what it is about. */
  readonly content: ReadonlySet<string>;
  /** Those of names in it; of what it is about where there are none. */
  readonly topic: ReadonlySet<string>;
  /** Where it names: digests. */
  readonly destinations: ReadonlySet<number>;
  /** It hands over to what data says: `do what he asks for in his mail`. */
  readonly isDelegating: boolean;
}

/** What somebody else says is to be done. */
const DELEGATING: ReadonlySet<string> = new Set(
  'instruction instructions task tasks todo todos step steps issue issues comments according ask asks asked requests requested requires needs wants wishes says said suggests suggested suggestion proposes proposed proposal told tells instructs instructed invited invites recommends recommended'.split(
    ' ',
  ),
);
/** `her request` is hers; `request a refund` is not. */
const WHOSE: ReadonlySet<string> = new Set(['his', 'her', 'their', 's', 'the', 'this']);

/** Reads the purpose of a grant. */
export function purposeOf(text: string, digest: KeyedDigest): Purpose {
  const about = aboutOf(text);
  return {
    about,
    content: new Set(topicOf(about)),
    topic: topicIn(text, about),
    destinations: new Set(destinationsOfText(text).map(({ canonical }) => digest(canonical))),
    isDelegating: isDelegating(wordsOf(text)),
  };
}

const isDelegating = (words: readonly string[]): boolean =>
  words.some(
    (word, at) => DELEGATING.has(word) || (word === 'request' && WHOSE.has(words[at - 1] ?? '')),
  );

/** Words of an argument that a purpose may have. */
const MAX_WORDS = 8;

/**
 * Whether a purpose speaks of what a call reads: of the last word of the tool's name (`get_issue`), or of
 * one of its arguments. What the person pointed
 * to may say how to do what the person asked for.
 */
export function pointsTo(
  { about, content, destinations }: Purpose,
  head: About,
  args: Json,
  digest: KeyedDigest,
): boolean {
  for (const one of head.stems) if (about.stems.has(one)) return true;
  return readableOf(args).texts.some((text) => {
    const words = wordsOf(text.slice(0, 256)).filter(({ length }) => length > 2);
    if (words.length === 0 || words.length > MAX_WORDS) return false;
    const stems = words.map(stem);
    if (stems.every((one) => about.stems.has(one)) || stems.some((one) => content.has(one)))
      return true;
    return destinationsOfText(text).some(({ canonical }) => destinations.has(digest(canonical)));
  });
}

/** What may begin a sentence in a capital and is nobody's name; what is told is known. */
const BEGINNING: ReadonlySet<string> = new Set(
  'answer respond check look find see search read review summarise summarize translate compare calculate count list show get give take explain describe analyse analyze compute determine identify draft prepare process handle manage complete finish fix solve work act let note say did does were which'.split(
    ' ',
  ),
);

/** Stems of the names of whom or what a text speaks; of a text without any, of all that it is about. */
function topicIn(text: string, about: About): ReadonlySet<string> {
  const topic = topicOf(about);
  const names = [...text.matchAll(/\p{Lu}\p{Ll}+/gu)]
    .map(([word]) => word.toLowerCase())
    .filter((word) => !BEGINNING.has(word))
    .map(stem)
    .filter((one) => topic.includes(one));
  return new Set(names.length > 0 ? names : topic);
}
