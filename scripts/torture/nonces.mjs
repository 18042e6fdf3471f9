import { callWithNonces, homeOfNonces } from '../../test/support/live/nonces.ts';

/** S14: fifty clients with the same ids and progress tokens, answered in an order of chance. */
export async function nonces(figure, { calls }) {
  const home = homeOfNonces();
  try {
    const report = await callWithNonces(home, { calls });
    figure('S14', 'calls of 50 clients with the same ids', report.calls);
    figure('S14', 'results', report.results);
    figure('S14', 'progress notifications', report.progress);
    figure('S14', 'results that overtook an earlier one', report.overtaking);
    figure('S14', 'calls their own client cancelled', report.cancelled);
    figure('S14', 'calls refused for contention', report.contended);
    figure('S14', 'results of another’s call', report.foreignResults, 0);
    figure('S14', 'progress of another’s call', report.foreignProgress, 0);
    figure('S14', 'calls lost', report.lost, 0);
    figure('S14', 'exit code of audit verify', (await home.run(['audit', 'verify'])).code, 0);
  } finally {
    await home.remove();
  }
}
