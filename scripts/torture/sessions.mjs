import { homeOfSessions, openAndEndSessions } from '../../test/support/live/sessions.ts';

/** S25: many sessions, each with a tool server of its own, that end in every way. Linux only. */
export async function sessions(figure, { sessions: count }) {
  if (process.platform !== 'linux') return figure('S25', 'left out: needs /proc', process.platform);
  const mark = `torture-${process.pid}`;
  const home = homeOfSessions(mark);
  try {
    const report = await openAndEndSessions(home, mark, { sessions: count, together: 8 });
    figure('S25', 'sessions, each with a tool server of its own', report.sessions);
    figure('S25', 'sessions whose call got no result', report.unanswered, 0);
    figure('S25', 'most tool servers at once', report.most);
    figure('S25', 'tool servers left behind', report.orphans, 0);
    figure('S25', 'ended processes not collected', report.zombies, 0);
    figure('S25', 'files the broker holds beyond those at the start', report.leakedFiles, 0);
    figure('S25', 'exit code of the broker', report.exitCode, 0);
    figure('S25', 'exit code of audit verify', (await home.run(['audit', 'verify'])).code, 0);
  } finally {
    await home.remove();
  }
}
