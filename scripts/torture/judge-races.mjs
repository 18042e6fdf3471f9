import { aftermath } from '../../test/support/live/race.ts';
import { spread } from './figures.mjs';

const PAGE = 5_000;

/**
 * Holds what clients and the tool server saw of many revocations against the log. Where a halt ended what
 * was not itself revoked, `ended` is its event.
 */
export async function judgeRaces(figure, part, { at, races, times, callers }) {
  const events = await eventsOf(at, new Set(races.map(({ revoked }) => revoked)));
  const reached = new Set(at.journal().map(({ nonce }) => nonce));
  const sums = { unrevoked: 0, after: 0, late: 0, unreleased: 0, stopped: 0, calls: 0, open: 0 };
  for (const { revoked, race, ended } of races) {
    const log = aftermath(events.get(revoked) ?? [], revoked, ended?.seq);
    const delivered = new Set(race.delivered);
    sums.unrevoked += log.revokedAt === 0 ? 1 : 0;
    sums.after += log.after.length;
    sums.late += race.begunAfter.filter((id) => delivered.has(id) || reached.has(id)).length;
    sums.unreleased += race.delivered.filter((id) => !log.released.has(id)).length;
    sums.stopped += log.stopped;
    sums.open += log.open;
    sums.calls += race.delivered.length;
  }
  figure(part, `rounds, ${callers} calls in flight in each`, races.length);
  figure(part, 'revocations missing from the log', sums.unrevoked, 0);
  figure(part, 'results delivered before', sums.calls);
  figure(part, 'calls in flight that were stopped', sums.stopped);
  figure(part, 'intents or released results after the revocation in the log', sums.after, 0);
  figure(part, 'calls begun after it returned that reached anybody', sums.late, 0);
  figure(part, 'results delivered that were not released in the log', sums.unreleased, 0);
  figure(part, 'calls without an outcome', sums.open, 0);
  for (const [what, of] of Object.entries(times)) figure(part, what, spread(of));
  figure(part, 'exit code of audit verify', (await at.run(['audit', 'verify'])).code, 0);
}

/** The events of each of these sessions and grants, without what nobody asks for: logs are long. */
async function eventsOf(at, rights) {
  const { context } = await at.state();
  const byRight = new Map([...rights].map((right) => [right, []]));
  const rightsOf = new Map();
  for await (const page of context.events.pages(1, PAGE)) {
    for (const { seq, code, session, intent, outcome, requestId, rule, detail } of page) {
      const own =
        rightsOf.get(intent) ??
        [session, rule?.grant, detail?.grant].filter((right) => rights.has(right));
      if (own.length === 0) continue;
      if (code === 'TG1001') rightsOf.set(seq, own);
      const slim = {
        ...{ seq, code, session, intent, outcome, requestId },
        rule: { grant: rule?.grant },
        detail: { grant: detail?.grant },
      };
      for (const right of own) byRight.get(right).push(slim);
    }
  }
  return byRight;
}
