import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { destinationsOfText } from '../../src/monitor/destinations.ts';
import { actsOf, BEFORE_TOLD, firstWords } from '../../src/monitor/imperative.ts';
import { CUE_WORDS } from '../../src/monitor/order-cues.ts';
import { ACT, LEADS, type Signs, signsIn } from '../../src/monitor/signs.ts';
import { ACTS } from '../../src/monitor/words.ts';
import { runs } from '../support/runs.ts';

const cues = new Map(CUE_WORDS);
/** What a sentence has, by its words and destinations. */
function holds(text: string): Signs {
  let signs = destinationsOfText(text).length > 0 ? LEADS : 0;
  const words = firstWords(text);
  for (const word of words) signs |= cues.get(word) ?? 0;
  return actsOf(text, words) === 0 ? signs : signs | ACT;
}
const signsOf = (text: string): Signs => signsIn(text, 0, text.length);

const word = fc.constantFrom(...ACTS, ...BEFORE_TOLD, ...cues.keys());
const piece = fc.oneof(
  word,
  word.map((one) => `${one.charAt(0).toUpperCase()}${one.slice(1)}`),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    '.',
    ':',
    '@',
    '/',
    'a.bc',
    '::1',
    'hxxp',
    'HXXPABCD',
    '(at)',
    '\\u0040',
    '+43 1 2',
  ),
  fc.constantFrom(' ', '\n', '_', '3', 'aB', 'x'.repeat(20), 'YUBiLmlv', '&#64;', 'é', '1.2.3.4'),
);

describe('the signs of a text', () => {
  it('miss nothing that it has', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join('');
        expect(holds(text) & ~signsOf(text), text).toBe(0);
      }),
      runs(5_000),
    );
  });

  it('are few: of plain sentences none leads anywhere or tells to do anything', () => {
    const plain = 'We read the report of a tool server. It was cold! Was the order late?';
    expect(signsOf(plain) & (ACT | LEADS)).toBe(0);
    expect(signsOf(`${plain} Send it to a.bc`) & (ACT | LEADS)).toBe(ACT | LEADS);
  });
});
