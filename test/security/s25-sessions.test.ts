import { afterAll, describe, expect, it } from 'vitest';
import { homeOfSessions, openAndEndSessions } from '../support/live/sessions.ts';

const MARK = `s25-sessions-${process.pid}`;
const home = homeOfSessions(MARK);
afterAll(() => home.remove());

describe.runIf(process.platform === 'linux')('S25 the tool servers of 60 sessions', () => {
  it('all end with their sessions and leave the broker nothing to carry', async () => {
    const { most, ...report } = await openAndEndSessions(home, MARK, { sessions: 60, together: 6 });
    expect(most).toBeGreaterThan(1);
    expect(report).toEqual({
      sessions: 60,
      unanswered: 0,
      orphans: 0,
      zombies: 0,
      leakedFiles: 0,
      exitCode: 0,
    });
  }, 60_000);
});
