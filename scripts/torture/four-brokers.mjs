import { loadFourBrokers } from '../../test/support/live/four-brokers.ts';
import { Home } from '../../test/support/live/home.ts';
import { spread } from './figures.mjs';

/** Four brokers at a rate one core can do. */
export const fourAtEase = (figure, { calls }) =>
  fourBrokers(figure, '4 brokers', { total: calls / 4, pauseMs: 500, mayRefuse: false });

/** Four brokers at saturation. */
export const fourSaturated = (figure, { calls }) =>
  fourBrokers(figure, '4 brokers full', { total: calls, pauseMs: 0, mayRefuse: true });

/** At a rate one core can do nothing may be refused; at saturation refusals are counted and shown. */
async function fourBrokers(figure, part, { total, pauseMs, mayRefuse }) {
  const at = new Home();
  const callsEach = Math.ceil(total / 32);
  const report = await loadFourBrokers(at, { clients: 32, callsEach, revocations: 10, pauseMs });
  const { answered, events, exits, failed, revoked, tookMs } = report;
  const ok = events.filter(({ outcome }) => outcome === 'ok').length;
  const contended = events.filter(({ reason }) => reason === 'store_contended').length;
  figure(part, 'calls of 32 clients', answered);
  figure(part, 'calls a second', Math.round((answered / tookMs) * 1000));
  figure(part, 'calls refused for contention', contended, mayRefuse ? undefined : 0);
  figure(part, 'other calls without a result', failed.length - contended, 0);
  figure(part, 'results short of the outcomes in the log', ok - (answered - failed.length) - 4, 0);
  const unclean = revoked.filter(({ code, brokers }) => code !== 0 || brokers.reached !== 4);
  figure(part, 'session revoke under load that failed', unclean.length, 0);
  figure(part, 'session revoke, whole command', spread(revoked.map((one) => one.tookMs)));
  const drains = revoked.map(({ brokers }) => brokers.elapsedMs);
  figure(part, 'of it, until all four had drained', spread(drains));
  figure(part, 'exit codes of the brokers', exits.join(' '), '0 0 0 0');
  figure(part, 'exit code of audit verify', (await at.run(['audit', 'verify'])).code, 0);
  await at.remove();
}
