import { destinationsOfText } from './destinations.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import { type About, aboutOf } from './words.ts';

/** What a grant is for, as far as its words say. */
export interface Purpose {
  readonly about: About;
  /** Where it names: digests. */
  readonly destinations: ReadonlySet<number>;
  /** It hands over to what data says: `do what he asks for in his mail`. */
  readonly isDelegating: boolean;
}

const DELEGATING = 'instruction request task issue ask instruct told tell need invite'.split(' ');

/** Reads the purpose of a grant. */
export function purposeOf(text: string, digest: KeyedDigest): Purpose {
  const about = aboutOf(text);
  return {
    about,
    destinations: new Set(destinationsOfText(text).map(({ canonical }) => digest(canonical))),
    isDelegating: DELEGATING.some((one) => about.stems.has(one)),
  };
}
