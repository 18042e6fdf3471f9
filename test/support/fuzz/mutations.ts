import { type Sample, samples } from './messages.ts';
import { mutate } from './mutate.ts';
import { seeded } from './random.ts';

/** One changed message, as bytes, and the headers of the valid one it was. */
export interface Mutation {
  readonly bytes: Buffer;
  readonly headers: Sample['headers'];
}

/** So many changed messages; the same seed gives the same ones. Each has a request id of its own. */
export function* mutations(seed: number, count: number): Generator<Mutation> {
  const random = seeded(seed);
  const all = samples('ID');
  for (let made = 0; made < count; made += 1) {
    const { text, headers } = random.pick(all);
    const own = text.replace('"id":"ID"', `"id":"f${made}"`);
    yield { bytes: mutate(own, random, random.pick(all).text), headers };
  }
}
