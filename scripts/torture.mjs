// The long forms of test/security: counts that must be zero, and how long things take.
//   npm run torture -- [--requests N] [--rounds N] [--cli-rounds N] [--stdio-rounds N] [--kills N]
//                      [--calls N] [--minutes N]
// Prints a table; exits 1 when a count that must be zero is not. A part whose number is 0 is left out, and
// one that takes longer than its share of --minutes is cut short: the table says how far it came.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { revokeGrant } from '../src/admin/revoke-grant.ts';
import { revokeSession } from '../src/admin/revoke-session.ts';
import { startCountingServer } from '../test/support/live/counting-server.ts';
import { loadFourBrokers } from '../test/support/live/four-brokers.ts';
import { controlledEntry, grantText, Home } from '../test/support/live/home.ts';
import { HttpClient } from '../test/support/live/http-client.ts';
import { killUnderLoad } from '../test/support/live/kill.ts';
import { childrenOf } from '../test/support/live/processes.ts';
import { aftermath, raceRevocation } from '../test/support/live/race.ts';
import { RawSocket, requestBytes } from '../test/support/live/raw-socket.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '1000' },
    'cli-rounds': { type: 'string', default: '50' },
    'stdio-rounds': { type: 'string', default: '50' },
    kills: { type: 'string', default: '150' },
    calls: { type: 'string', default: '8000' },
    minutes: { type: 'string', default: '10' },
  },
});
const startedMs = performance.now();
let partEndMs = 0;
const isOver = () => performance.now() > partEndMs;
const CALLERS = 8;

const rows = [];
let isBroken = false;
/** A figure: the measured value beside what it must be, when it must be something. */
function figure(part, what, value, must) {
  const isWrong = must !== undefined && value !== must;
  isBroken ||= isWrong;
  rows.push({ part, what, value: String(value), must: must === undefined ? '' : String(must) });
  const note = isWrong ? `   MUST BE ${must}` : '';
  console.log(`${part.padEnd(14)} ${what.padEnd(58)} ${value}${note}`);
}
const spread = (times) => {
  if (times.length === 0) return 'none';
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] * 10) / 10;
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
};

async function noToken(count) {
  const counting = await startCountingServer();
  const at = new Home({
    servers: ({ journalPath }) => ({
      s: controlledEntry(journalPath),
      http: { type: 'http', url: counting.url },
    }),
  });
  await at.applyGrants();
  const served = await at.serve();
  const { token } = await at.open();
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const json = { 'Content-Type': 'application/json' };
  const [head, claims, signature] = token.split('.');
  const kinds = [
    requestBytes('/mcp', json, body),
    requestBytes(`/mcp?access_token=${token}`, json, body),
    requestBytes('/mcp', { ...json, Authorization: 'Bearer junk' }, body),
    requestBytes('/mcp/s', { ...json, Authorization: `Basic ${token}` }, body),
    requestBytes(
      '/mcp',
      { ...json, Authorization: `Bearer ${head}.${claims}.${signature.toUpperCase()}` },
      body,
    ),
  ];
  let sent = 0;
  let refused = 0;
  const beganMs = performance.now();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      const socket = new RawSocket(served.port);
      while (sent < count && !isOver()) {
        const bytes = kinds[sent % kinds.length];
        sent += 1;
        if ((await socket.ask(bytes)).startsWith('HTTP/1.1 401 ')) refused += 1;
      }
      socket.close();
    }),
  );
  const tookMs = performance.now() - beganMs;
  figure('S1', 'requests without a valid token', sent);
  figure('S1', 'answered other than 401', sent - refused, 0);
  figure('S1', 'processes started', childrenOf(served.pid).length + at.journal().length, 0);
  figure('S1', 'connections to the HTTP tool server', counting.connections(), 0);
  figure('S1', 'requests a second', Math.round((sent / tookMs) * 1000));
  await served.end('SIGTERM');
  const events = await at.events('--code', 'TG2001');
  const summed = events
    .flatMap(({ detail }) => Object.values(detail.failures))
    .reduce((sum, one) => sum + one, 0);
  figure('S1', 'failures missing from the sums in the log', sent - summed, 0);
  figure('S1', 'events they were summed in', events.length);
  await at.remove();
  await counting.close();
}

/** `connect` gives a client for a session's token; `revoke` revokes and answers its milliseconds. */
async function revocations(part, count, connect, revoke) {
  // Every fourth round revokes a grant; a grant is revoked for good, so each has its own.
  const isGrant = (round) => round % 4 === 0;
  const grants = Array.from({ length: Math.ceil(count / 4) }, (_, n) => [
    `g${n * 4}.yaml`,
    grantText(`g${n * 4}`, `u${n * 4}`),
  ]);
  grants.push(['stays.yaml', grantText('stays', 'stays')]);
  const at = new Home({ grants: Object.fromEntries(grants) });
  await at.applyGrants();
  const open = await connect(at);
  const races = [];
  const times = [];
  for (let round = 0; round < count && !isOver(); round += 1) {
    const what = isGrant(round) ? 'grant' : 'session';
    const session = await at.open(isGrant(round) ? `u${round}` : 'stays');
    const revoked = isGrant(round) ? `g${round}` : session.id;
    const { client, end } = await open(session.token);
    const race = await raceRevocation(client, {
      prefix: `r${round}`,
      callers: CALLERS,
      async revoke() {
        const beganMs = performance.now();
        await revoke(at, what, revoked);
        times.push(performance.now() - beganMs);
      },
    });
    await end();
    races.push({ revoked, race });
  }
  const events = await at.events();
  const byKey = eventsByRight(events);
  const reached = new Set(at.journal().map(({ nonce }) => nonce));
  const sums = { unrevoked: 0, after: 0, late: 0, unreleased: 0, stopped: 0, calls: 0, open: 0 };
  for (const { revoked, race } of races) {
    const log = aftermath(byKey.get(revoked) ?? [], revoked);
    const delivered = new Set(race.delivered);
    sums.unrevoked += log.revokedAt === 0 ? 1 : 0;
    sums.after += log.after.length;
    sums.late += race.begunAfter.filter((id) => delivered.has(id) || reached.has(id)).length;
    sums.unreleased += race.delivered.filter((id) => !log.released.has(id)).length;
    sums.stopped += log.stopped;
    sums.open += log.open;
    sums.calls += race.delivered.length;
  }
  figure(part, `rounds, ${CALLERS} calls in flight in each`, races.length);
  figure(part, 'revocations missing from the log', sums.unrevoked, 0);
  figure(part, 'results delivered before', sums.calls);
  figure(part, 'calls in flight that were stopped', sums.stopped);
  figure(part, 'intents or released results after the revocation in the log', sums.after, 0);
  figure(part, 'calls begun after it returned that reached anybody', sums.late, 0);
  figure(part, 'results delivered that were not released in the log', sums.unreleased, 0);
  figure(part, 'calls without an outcome', sums.open, 0);
  figure(part, 'revocation, from asking to returned', spread(times));
  figure(part, 'exit code of audit verify', (await at.run(['audit', 'verify'])).code, 0);
  await at.remove();
}

/** The events of each session and of each grant, so that every round reads only its own. */
function eventsByRight(events) {
  const byKey = new Map();
  const keysOf = new Map();
  for (const event of events) {
    const keys =
      keysOf.get(event.intent) ??
      [event.session, event.rule?.grant, event.detail?.grant].filter((key) => key !== undefined);
    if (event.code === 'TG1001') keysOf.set(event.seq, keys);
    for (const key of keys) byKey.set(key, [...(byKey.get(key) ?? []), event]);
  }
  return byKey;
}

const overHttp = async (at) => {
  const { port } = await at.serve();
  return async (token) => {
    const client = new HttpClient(port, token);
    return { client, end: async () => client.close() };
  };
};
const overStdio = async (at) => async (token) => {
  const client = at.stdio(token);
  return { client, end: () => client.leave() };
};
/** From this process, which is no broker's: what the command does without its start. */
async function revokeHere(at, what, id) {
  const { context } = await at.state();
  const { drain } = await (what === 'session' ? revokeSession : revokeGrant)(context, id);
  if (drain.reached !== 1 || drain.silent.length > 0) throw new Error('a broker did not drain');
}
async function revokeByCommand(at, what, id) {
  const { code, stderr } = await at.run([what, 'revoke', id]);
  if (code !== 0) throw new Error(`${what} revoke: exit ${code}: ${stderr}`);
}

async function kills(count) {
  const at = new Home();
  let served = await at.serve();
  const sums = { delivered: 0, missing: 0, unverified: 0, open: 0, unknown: 0 };
  let rounds = 0;
  for (; rounds < count && !isOver(); rounds += 1) {
    const options = { prefix: `r${rounds}`, callers: CALLERS };
    const { delivered, events, verified, open, next } = await killUnderLoad(at, served, options);
    served = next;
    const outcomes = new Map(events.map(({ intent, outcome }) => [intent, outcome]));
    const released = new Set(
      events.filter(({ seq }) => outcomes.get(seq) === 'ok').map(({ requestId }) => requestId),
    );
    sums.delivered += delivered.length;
    sums.missing += delivered.filter((id) => !released.has(id)).length;
    sums.unverified += verified ? 0 : 1;
    sums.open += open;
    sums.unknown += events.filter(({ outcome }) => outcome === 'unknown').length;
  }
  await served.end('SIGTERM');
  const calls = at.journal().filter(({ kind }) => kind === 'call');
  const again = calls.length - new Set(calls.map(({ nonce }) => nonce)).size;
  figure('S29', 'brokers killed under load (SIGKILL)', rounds);
  figure('S29', 'results delivered', sums.delivered);
  figure('S29', 'of them without intent and outcome in the log', sums.missing, 0);
  figure('S29', 'open calls closed as unknown by the next broker', sums.unknown);
  figure('S29', 'calls still open then', sums.open, 0);
  figure('S29', 'logs that did not verify', sums.unverified, 0);
  figure('S29', 'calls a tool server got twice', again, 0);
  await at.remove();
}

/** At a rate one core can do nothing may be refused; at saturation refusals are counted and shown. */
async function fourBrokers(part, total, pauseMs, mayRefuse) {
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

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)} at start\n`,
);
const PARTS = [
  ['requests', 0.05, (count) => noToken(count)],
  ['rounds', 0.35, (count) => revocations('S12 http', count, overHttp, revokeHere)],
  ['cli-rounds', 0.1, (count) => revocations('S12 http cli', count, overHttp, revokeByCommand)],
  ['stdio-rounds', 0.1, (count) => revocations('S12 stdio cli', count, overStdio, revokeByCommand)],
  ['calls', 0.05, (count) => fourBrokers('4 brokers', count / 4, 500, false)],
  ['calls', 0.05, (count) => fourBrokers('4 brokers full', count, 0, true)],
  ['kills', 0.3, (count) => kills(count)],
];
for (const [option, share, run] of PARTS) {
  const count = Number(values[option]);
  if (count === 0) continue;
  partEndMs = performance.now() + share * Number(values.minutes) * 60_000;
  await run(count);
}

console.log(`\n| part | figure | measured | must be |\n|---|---|---|---|`);
for (const { part, what, value, must } of rows) {
  console.log(`| ${part} | ${what} | ${value} | ${must} |`);
}
const minutes = (performance.now() - startedMs) / 60_000;
console.log(`\n${isBroken ? 'BROKEN' : 'holds'}, in ${minutes.toFixed(1)} minutes`);
process.exitCode = isBroken ? 1 : 0;
