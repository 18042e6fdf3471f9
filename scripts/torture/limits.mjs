import { callAgainstLimit, limitedHome } from '../../test/support/live/limited.ts';
import { spread } from './figures.mjs';

const CALLS = 1_000;

/** A limit of 100 an hour against 1,000 calls that four brokers get at once, time and again. */
export async function limits(figure, { limitRounds }) {
  const reports = [];
  const verified = [];
  for (let round = 0; round < limitRounds; round += 1) {
    const home = limitedHome('100/h');
    try {
      reports.push(await callAgainstLimit(home, { calls: CALLS }));
      verified.push((await home.run(['audit', 'verify'])).code);
    } finally {
      await home.remove();
    }
  }
  const without = (wanted) => reports.filter((report) => !wanted(report)).length;
  figure('limits', `rounds of ${CALLS} calls at once over four brokers, 100/h`, limitRounds);
  figure('limits', 'rounds in which other than 100 reached', without(reached), 0);
  figure('limits', 'rounds with other than 900 refusals in the log', without(isLogged), 0);
  figure('limits', 'rounds with a refusal that does not say when', without(saysWhen), 0);
  figure('limits', 'refused for contention', sum(reports.map(({ contended }) => contended)));
  figure('limits', 'all answered', spread(reports.map(({ tookMs }) => tookMs)));
  figure('limits', 'brokers that did not exit 0', sum(reports.map(unclean)), 0);
  figure('limits', 'audit verify that did not exit 0', verified.filter(Boolean).length, 0);
}

const reached = ({ dispatched, results }) => dispatched === 100 && results === 100;
const isLogged = ({ refusals }) => refusals === CALLS - 100;
const saysWhen = ({ saysWhen, contended }) => saysWhen === CALLS - 100 - contended;
const unclean = ({ exits }) => exits.filter((code) => code !== 0).length;
const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
