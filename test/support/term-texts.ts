import type { Json } from '../../src/domain/json.ts';

/** What a condition is of some arguments; `error`: it cannot be evaluated. */
export type Truth = boolean | 'error';

/** What the conditions here are about, besides arguments. */
export interface TruthFacts {
  readonly args: Readonly<Record<string, Json>>;
  readonly subject: string;
  readonly client: string | undefined;
  /** Milliseconds since the session began. */
  readonly age: number | undefined;
}

/** A condition by a second reading of its text. */
export interface Reading {
  /** The arguments it needs, with the type each must have. */
  readonly needs: Readonly<Record<string, 'string' | 'integer'>>;
  truth(facts: TruthFacts): Truth;
}

const ofArg =
  (name: string, truth: (value: Json) => Truth) =>
  ({ args }: TruthFacts): Truth =>
    Object.hasOwn(args, name) ? truth(args[name] as Json) : 'error';
const ofText = (name: string, truth: (text: string) => boolean): Reading => ({
  needs: { [name]: 'string' },
  truth: ofArg(name, (value) => (typeof value === 'string' ? truth(value) : 'error')),
});
const isInteger = (value: Json): value is number =>
  typeof value === 'number' && Number.isInteger(value);
const small = ofArg('count', (value) => (isInteger(value) ? value < 3 : 'error'));
const isA = ofText('path', (path) => path === '/a').truth;
/** CEL's logic: a side that decides outweighs an error of the other. */
const both = (one: Truth, other: Truth, decides: boolean): Truth => {
  if (one === decides || other === decides) return decides;
  return one === 'error' || other === 'error' ? 'error' : !decides;
};

/** Conditions, each read a second time by hand; `undefined`: no condition at all. */
export const CONDITIONS: ReadonlyMap<string, Reading | undefined> = new Map([
  ['args.path == "/a"', ofText('path', (path) => path === '/a')],
  ['args.path.startsWith("/a")', ofText('path', (path) => path.startsWith('/a'))],
  ['!args.path.contains("b")', ofText('path', (path) => !path.includes('b'))],
  ['args.count < 3', { needs: { count: 'integer' }, truth: small }],
  [
    'args.count < 3 || args.path == "/a"',
    {
      needs: { count: 'integer', path: 'string' },
      truth: (facts) => both(small(facts), isA(facts), true),
    },
  ],
  [
    'args.count < 3 && args.path == "/a"',
    {
      needs: { count: 'integer', path: 'string' },
      truth: (facts) => both(small(facts), isA(facts), false),
    },
  ],
  [
    'has(args.path)',
    {
      needs: { path: 'string' },
      truth({ args }) {
        if (!Object.hasOwn(args, 'path')) return false;
        return typeof args.path === 'string' ? true : 'error';
      },
    },
  ],
  ['args.uri == "file:///a/b"', ofText('uri', (uri) => uri === 'file:///a/b')],
  ['!args.uri.startsWith("file:///a/")', ofText('uri', (uri) => !uri.startsWith('file:///a/'))],
  ['glob(args.uri, "docs://h/**")', ofText('uri', (uri) => uri.startsWith('docs://h/'))],
  ['subject == "alice"', { needs: {}, truth: ({ subject }) => subject === 'alice' }],
  ['subject != "alice"', { needs: {}, truth: ({ subject }) => subject !== 'alice' }],
  [
    'client == "desktop"',
    {
      needs: {},
      truth: ({ client }) => (client === undefined ? 'error' : client === 'desktop'),
    },
  ],
  [
    'now - session.openedAt < duration("1s")',
    { needs: {}, truth: ({ age }) => (age === undefined ? 'error' : age < 1_000) },
  ],
  ['args.path ==', undefined],
]);

type Predicate = (day: number, minute: number) => boolean;

/** Hours, each as its zone's minutes from UTC in this week, and a plain claim over day (Monday is 0) and minute. */
const HOURS: ReadonlyMap<string, readonly [offset: number, isIn: Predicate] | undefined> = new Map<
  string,
  readonly [number, Predicate] | undefined
>([
  ['Mon-Fri 08:00-18:00 UTC', [0, (day, at) => day <= 4 && at >= 480 && at < 1080]],
  [
    'Mon-Fri 18:00-08:00 UTC',
    [0, (day, at) => (day <= 4 && at >= 1080) || (day >= 1 && day <= 5 && at < 480)],
  ],
  ['Sat,Sun 00:00-24:00 Asia/Tokyo', [540, (day) => day >= 5]],
  ['17:00-17:01 Asia/Tokyo', [540, (_day, at) => at === 17 * 60]],
  ['16:59-17:00 Asia/Tokyo', [540, (_day, at) => at === 17 * 60 - 1]],
  ['22:00-02:00 America/Phoenix', [-420, (_day, at) => at >= 1320 || at < 120]],
  ['02:00-03:00 America/Phoenix', [-420, (_day, at) => at >= 120 && at < 180]],
  [
    'Fri 08:00-09:00, Mon 10:00-11:00 UTC',
    [0, (day, at) => (day === 4 && at >= 480 && at < 540) || (day === 0 && at >= 600 && at < 660)],
  ],
  ['Thu 00:00-24:00 Europe/Berlin', [60, (day) => day === 3]],
  ['Mon-Fri 08:00-18:00', undefined],
  ['08:00-18:00 Nowhere/Land', undefined],
]);

/** All hours there are, readable or not. */
export const HOURS_TEXTS: readonly string[] = [...HOURS.keys()];

/** Whether hours can be read. */
export const areHours = (text: string): boolean => HOURS.get(text) !== undefined;

const MINUTE = 60_000;

/** Whether an instant is within hours that can be read. The epoch began on a Thursday. */
export function isHour(text: string, at: number): boolean {
  const [offset, isIn] = HOURS.get(text) ?? [0, () => false];
  const wall = Math.floor(at / MINUTE) + offset;
  return isIn((Math.floor(wall / 1_440) + 3) % 7, wall % 1_440);
}

const openings = new Map<string, number>();

/** The first instant within the hours from `from` on: minute by minute. */
export function opening(text: string, from: number): number {
  const key = `${text} ${from}`;
  let at = openings.get(key) ?? from;
  while (!isHour(text, at)) at = (Math.floor(at / MINUTE) + 1) * MINUTE;
  openings.set(key, at);
  return at;
}
