import { describe, expect, it } from 'vitest';
import { type Outcome, PAIRS, runPairs } from './through-broker.ts';

// All pairs at once: most of a suite's time is its own waiting.
const outcomes = runPairs(PAIRS);

describe.each(PAIRS.map((pair, index) => ({ ...pair, index })))(
  'the requirements of $revision, the tool server in its $server form',
  ({ revision, index }) => {
    it('are met by the fixture alone, so that the broker has something to lose', async () => {
      const { alone } = (await outcomes)[index] as Outcome;
      const failed = [...alone].flatMap(([scenario, checks]) =>
        checks.filter(({ status }) => status === 'FAILURE').map(({ id }) => `${scenario}: ${id}`),
      );
      expect(failed).toEqual([]);
      expect(alone.size).toBe(revision === '2025-11-25' ? 33 : 50);
    });

    it('are met through the broker wherever they are without it', async () => {
      expect(((await outcomes)[index] as Outcome).lost).toEqual([]);
    });
  },
);
