// How far and how fast a revocation reaches (S12): four brokers on one state, two over HTTP and two over
// stdio, 32 clients that call without a pause, and the command, one revocation after the other.
//   npm run bench:revocation -- [--revocations 1000]
// Revoked are sessions, grants and subjects, every fifth time one that all four brokers use, otherwise
// both over HTTP; every other one of these is a halt instead, lifted afterwards. Exits 1 when a count
// that must be zero is not.
import { randomInt } from 'node:crypto';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { grantText, Home } from '../../test/support/live/home.ts';
import { HttpClient } from '../../test/support/live/http-client.ts';
import { callOf, isResult } from '../../test/support/live/race.ts';
import { cancellations } from '../torture/cancellations.mjs';
import { createFigures, progress } from '../torture/figures.mjs';
import { judgeRaces } from '../torture/judge-races.mjs';

const { values } = parseArgs({ options: { revocations: { type: 'string', default: '1000' } } });
const REVOCATIONS = Number(values.revocations);
const PART = 'revocation';
const CLIENTS = 32;
const BROKERS = 4;
/** Calls each client begins after a revocation has returned. */
const LATE_CALLS = 3;
/** One call in so many takes long. */
const LONG = 8;

const AT_TWO = ['session', 'grant', 'session', 'subject'];
/** A halt spares nobody, so its right is one that every client uses. */
const AT_ALL = ['session', 'halt', 'grant', 'halt', 'subject', 'halt'];
const WIDE = 5;
/** Whether a round's right is used at all four brokers. */
const isWide = (round) => round % WIDE === WIDE - 1;
const kindOf = (round) =>
  isWide(round) ? AT_ALL[Math.floor(round / WIDE) % AT_ALL.length] : AT_TWO[round % AT_TWO.length];
/** What is revoked for good has a subject and a grant of its own. */
const isForGood = (round) => ['grant', 'subject'].includes(kindOf(round));
const subjectOf = (round) => (isForGood(round) ? `u${round}` : 'stays');
const grantOf = (round) => (isForGood(round) ? `g${round}` : 'stays');

const rounds = Array.from({ length: REVOCATIONS + WIDE }, (_, round) => round);
const at = new Home({
  grants: Object.fromEntries(
    rounds.map((round) => [`${grantOf(round)}.yaml`, grantText(grantOf(round), subjectOf(round))]),
  ),
});
await at.applyGrants();
const serves = [await at.serve(), await at.serve()];

/** A right to be revoked, and the clients that use it: over HTTP, and over stdio where it is a wide one. */
async function newTarget(round) {
  const { id, token } = await at.open(subjectOf(round));
  const { promise: returned, resolve: setReturned } = Promise.withResolvers();
  const { promise: replaced, resolve: setReplaced } = Promise.withResolvers();
  return {
    ...{ round, session: id, returned, setReturned, replaced, setReplaced },
    revoked: kindOf(round) === 'grant' ? grantOf(round) : id,
    asks: [
      ...serves.map(({ port }) => new HttpClient(port, token)),
      ...(isWide(round) ? [at.stdio(token), at.stdio(token)] : []),
    ],
    ...{ isRevoking: false, isReturned: false, settled: 0 },
    ...{ delivered: [], begunAfter: [], held: [] },
  };
}
const nextWide = (round) => round - (round % WIDE) + WIDE - 1;

/** What each broker's clients use now. */
let target = await newTarget(0);
let wide = await newTarget(nextWide(0));
const current = [target, target, wide, wide];
let isOver = false;
const lost = [];

async function keepCalling(client) {
  const broker = client % BROKERS;
  for (let turn = 0; !isOver; turn += 1) {
    const used = current[broker];
    const call = async (id, ms) => {
      const answer = await used.asks[broker].ask(callOf(id, 's__work', { ms }));
      if (isResult(answer)) used.delivered.push(id);
      return isResult(answer);
    };
    const name = `r${used.round}-${client}-${turn}`;
    if (used.isReturned) {
      for (let n = 0; n < LATE_CALLS; n += 1) {
        used.begunAfter.push(`${name}-${n}`);
        await call(`${name}-${n}`, 0);
      }
      used.settled += 1;
      await used.replaced;
    } else if (!(await call(name, turn % LONG === 0 ? 200 + randomInt(300) : randomInt(10)))) {
      if (used.isRevoking) await used.returned;
      else lost.push({ session: used.session, id: name });
    }
  }
}

const load = loadavg()[0].toFixed(1);
console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores, load ${load} at start\n`,
);
const clients = Array.from({ length: CLIENTS }, (_, n) => keepCalling(n));
const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));
/** Waits for something to hold. @throws when it does not for a minute: a broker hangs. */
async function holds(isSo) {
  const endMs = performance.now() + 60_000;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error('what the measurement waits for did not happen');
    await pause(5);
  }
}

const races = [];
const failed = [];
const times = { session: [], grant: [], subject: [], halt: [] };
const drains = [];
const startedMs = performance.now();
const say = progress(PART);
for (let round = 0; round < REVOCATIONS; round += 1) {
  const used = isWide(round) ? wide : target;
  current[0] = used;
  current[1] = used;
  const users = isWide(round) ? CLIENTS : CLIENTS / 2;
  // Every broker it is used at has answered, then one call at each that nothing but the revocation ends.
  const answeredAt = (broker) =>
    used.delivered.some((id) => Number(id.split('-')[1]) % BROKERS === broker);
  await holds(() => used.asks.every((_, broker) => answeredAt(broker)));
  const holding = used.asks.map((client, broker) => {
    const id = `h${round}-${broker}`;
    used.held.push(id);
    return client.ask(callOf(id, 's__hold'));
  });
  const enough = used.delivered.length + users + randomInt(2 * users);
  await holds(() => used.delivered.length >= enough);

  const kind = kindOf(round);
  const words = {
    session: ['session', 'revoke', used.session],
    grant: ['grant', 'revoke', grantOf(round)],
    subject: ['session', 'revoke', '--subject', subjectOf(round)],
    halt: ['halt'],
  }[kind];
  used.isRevoking = true;
  const beganMs = performance.now();
  const { code, stdout } = await at.run([...words, '--json']);
  times[kind].push(performance.now() - beganMs);
  used.isReturned = true;
  used.setReturned();
  const { brokers } = code === 0 ? JSON.parse(stdout) : {};
  if (brokers === undefined || brokers.silent.length > 0) failed.push(words);
  else drains.push(brokers.elapsedMs);

  // Held calls that were refused for contention are answered too: none of them waits for ever.
  await Promise.all(holding);
  await holds(() => used.settled === users);
  races.push({ revoked: used.revoked, race: used, held: used.held });
  if (kind === 'halt') {
    // Who was halted has begun its further calls by now; the lifting is the next right's.
    const lifted = await at.run(['halt', '--lift', '--json']);
    if (lifted.code !== 0) throw new Error(`halt --lift: exit ${lifted.code}: ${lifted.stderr}`);
  }
  if (isWide(round)) {
    await Promise.all(used.asks.slice(2).map((client) => client.leave()));
    wide = await newTarget(nextWide(round + 1));
    current[2] = wide;
    current[3] = wide;
  }
  if (!isWide(round + 1)) target = await newTarget(round + 1);
  current[0] = isWide(round + 1) ? wide : target;
  current[1] = current[0];
  used.setReplaced();
  for (const client of used.asks.slice(0, 2)) client.close();
  say(() => `${races.length} of ${REVOCATIONS}`);
}
const seconds = (performance.now() - startedMs) / 1000;
isOver = true;
await Promise.all(clients);
for (const used of new Set(current)) {
  for (const client of used.asks.slice(0, 2)) client.close();
  await Promise.all(used.asks.slice(2).map((client) => client.leave()));
}

const { figure, isBroken, table } = createFigures();
const { context } = await at.state();
const halts = await context.events.query({ code: 'TG7001' });
const halted = races.filter((_, round) => kindOf(round) === 'halt');
// In the order of their seq, as they were ordered one after the other.
for (const [n, { seq, at: when }] of halts.toSorted((a, b) => a.seq - b.seq).entries()) {
  halted[n].ended = { seq, at: when };
}
let contended = 0;
for (const session of new Set(lost.map((one) => one.session))) {
  contended += (await context.events.query({ session, reason: 'store_contended' })).length;
}
figure(PART, 'seconds', Math.round(seconds));
figure(PART, 'load at start, at the end', `${load}, ${loadavg()[0].toFixed(1)}`);
figure(PART, 'of them at all four brokers', races.filter((_, round) => isWide(round)).length);
figure(PART, 'of these halts, lifted again', halted.length);
figure(PART, 'halts missing from the log', halted.length - halts.length, 0);
figure(PART, 'calls refused for contention', contended);
figure(PART, 'other calls refused before a revocation', Math.max(0, lost.length - contended), 0);
figure(PART, 'commands that failed, or left a broker silent', failed.length, 0);
const { uncancelled, times: cancelled } = await cancellations(at, races);
figure(PART, 'held calls at the tool server that were not cancelled', uncancelled, 0);
await judgeRaces(figure, PART, {
  ...{ at, races, callers: '16 or 32' },
  times: {
    'from commit to cancelled at the tool server': cancelled,
    'until every broker had drained, as the command says': drains,
    ...Object.fromEntries(
      Object.entries(times)
        .filter(([, of]) => of.length > 0)
        .map(([kind, of]) => [
          `${kind === 'halt' ? 'halt' : `revocation of a ${kind}`}, the whole command`,
          of,
        ]),
    ),
  },
});
const exits = await Promise.all(serves.map((served) => served.end('SIGTERM')));
figure(PART, 'exit codes of the HTTP brokers', exits.map(({ code }) => code).join(' '), '0 0');
await at.remove();
console.log(`\n${table().join('\n')}`);
process.exitCode = isBroken() ? 1 : 0;
