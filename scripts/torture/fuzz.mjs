// S21: mutated messages against the built broker, half over HTTP and half over stdio, in rounds of
// their own seeds. A round that fails can be made again: its seed is in the table.
import { fuzzHttp, fuzzStdio, recordedOf } from '../../test/support/fuzz/fuzz-built.ts';
import { grantText, Home } from '../../test/support/live/home.ts';

const ROUND = 20_000;

/**
 * Sends so many mutated messages and shows what came of them. `figure(part, what, value, must)` takes
 * each count.
 */
export async function fuzz(figure, { messages, seed = 21, isOver = () => false }) {
  const sum = {
    sent: 0,
    refused: 0,
    recorded: 0,
    taken: 0,
    unrecorded: 0,
    calls: 0,
    unanswered: 0,
    errors: 0,
    open: 0,
  };
  const badSeeds = [];
  const startedMs = performance.now();
  for (let round = 0; sum.sent < messages && !isOver(); round += 1) {
    const first = seed + 2 * round;
    const count = Math.min(ROUND, Math.ceil((messages - sum.sent) / 2));
    const found = await oneRound(first, count);
    for (const [name, value] of Object.entries(found)) sum[name] += value;
    const isBad = found.unanswered + found.errors + found.open + found.unrecorded > 0;
    if (isBad) badSeeds.push(first);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  figure('fuzz', 'mutated messages sent', sum.sent);
  figure('fuzz', 'of them permitted calls', sum.calls);
  figure('fuzz', 'refused', sum.refused);
  figure('fuzz', 'refusals in the log, sums included', sum.recorded);
  figure('fuzz', 'answers that a cancellation took away', sum.taken);
  figure('fuzz', 'refusals not in the log, or there for nothing', sum.unrecorded, 0);
  figure('fuzz', 'without an answer, or with two', sum.unanswered, 0);
  figure('fuzz', 'intents without an outcome', sum.open, 0);
  figure('fuzz', 'errors, unhandled rejections, crashes', sum.errors, 0);
  figure('fuzz', 'first seeds of bad rounds', badSeeds.join(' ') || 'none', 'none');
  figure('fuzz', 'messages a second, both faces at once', Math.round(sum.sent / seconds));
}

async function oneRound(seed, count) {
  const at = new Home({ grants: { 'one.yaml': grantText('one', 'alice', ['permit: s/echo']) } });
  try {
    await at.applyGrants();
    const served = await at.serve();
    const [one, two] = [await at.open(), await at.open()];
    const [http, stdio] = await Promise.all([
      fuzzHttp(served, one.token, seed, count),
      fuzzStdio(at, two.token, seed + 1, count),
    ]);
    const { code } = await served.end('SIGTERM');
    const { refused, intents, outcomes } = await recordedOf(at);
    const seen = http.refused + stdio.refused;
    return {
      sent: http.sent + stdio.sent,
      refused: seen,
      recorded: refused,
      taken: stdio.taken,
      unrecorded: Math.max(0, seen - refused, refused - seen - stdio.taken),
      calls: intents,
      unanswered: Math.abs(http.unanswered) + Math.abs(stdio.unanswered),
      errors: http.errors + stdio.errors + (code === 0 ? 0 : 1) + (stdio.exit === '0' ? 0 : 1),
      open: intents - outcomes,
    };
  } finally {
    await at.remove();
  }
}
