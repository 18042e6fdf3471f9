// What the log's index costs an event, and how long questions take of a long log.
//   npm run bench:audit [events, default 1000000]
// Exits 1 when a question takes 100 ms or more (the median of seven), the design's bound at ten million events.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { eventBody, FIRST_PREV, hashBody } from '../../src/audit/chain.ts';
import { STRETCH } from '../../src/audit/event-marks.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { createTestClock, openTestStores } from '../../test/support/sqlite/test-stores.ts';

const EVENTS = Number(process.argv[2] ?? 1_000_000);
const BOUND_MS = 100;
const START_US = Date.UTC(2026, 0, 1) * 1_000;
const STEP_US = 300_000;
const dir = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'tg-bench-'));
const path = join(dir, 'toolgrant.db');
const failures = [];

/** The same numbers each time. */
let state = 7;
const below = (limit) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
};
const hex = (text) => createHash('sha256').update(text).digest('hex');
const SERVERS = ['files', 'github', 'mail', 'search'];
const REASONS = ['no_rule', 'no_grant', 'condition_false', 'limit_reached'];

let open;
/** A call, a refused call, now and then something else; one subject has half of everything. */
function next(seq) {
  if (open !== undefined) {
    const { intent, ...call } = open;
    open = undefined;
    const dice = below(100);
    const outcome = dice < 93 ? 'ok' : dice < 98 ? 'tool_error' : dice < 99 ? 'failed' : 'withheld';
    return {
      ...call,
      code: 'TG1002',
      intent,
      outcome,
      durationUs: 500 + below(50_000),
      resultBytes: 200 + below(20_000),
      resultHmac: hex(`r${seq}`),
    };
  }
  const subject = below(2) === 0 ? 'alice' : `user-${below(40)}`;
  const server = SERVERS[below(4)];
  const call = {
    session: `ses_${hex(`${subject}${Math.floor(seq / 20_000)}`).slice(0, 32)}`,
    subject,
    server,
    tool: `tool_${below(12)}`,
  };
  const asked = {
    ...call,
    client: `client-${below(5)}`,
    clientInfo: { name: 'bench', version: '1.0.0' },
    transport: 'http',
    remote: '127.0.0.1',
    revision: '2025-11-25',
    requestId: String(seq),
    argsHmac: hex(`a${below(1_000_000)}`),
    args: { path: `/home/${subject}/project/file-${seq}.txt`, limit: 20 },
    trace: `00-${hex(`t${seq}`).slice(0, 32)}-0123456789abcdef-01`,
    epoch: 12,
  };
  if (below(20) === 0) {
    return { ...asked, code: 'TG1003', decision: 'deny', reason: REASONS[below(4)] };
  }
  open = { ...call, intent: seq };
  const grant = `${subject}-${server}`;
  const line = 5 + below(10);
  const file = `grants/${grant}.yaml`;
  const rule = { grant, revision: 1, index: 0, file, line, effect: 'permit', pattern: 'x/*' };
  return { ...asked, code: 'TG1001', decision: 'permit', rule, definitionHash: hex(call.tool) };
}

const megabytes = () => statSync(path).size / 1e6;

(await openTestStores(dir)).close();
const db = new Sqlite(path);
db.pragma('synchronous = OFF');
const insert = db.prepare('INSERT INTO events (seq, hash, body) VALUES (?, ?, ?)');
let prev = FIRST_PREV;
const before = performance.now();
for (let seq = 1; seq <= EVENTS; ) {
  db.transaction(() => {
    for (const end = Math.min(EVENTS, seq + 50_000 - 1); seq <= end; seq += 1) {
      const at = START_US + seq * STEP_US;
      const event = { ...next(seq), seq, chain: 'main', at, instance: 'ins_bench', prev };
      const body = eventBody(event);
      prev = hashBody(body);
      insert.run(seq, prev, body);
    }
  })();
  if (seq % 1_000_000 === 1) console.error(`${seq - 1} events`);
}
const generated = (performance.now() - before) / 1_000;
db.pragma('wal_checkpoint(TRUNCATE)');
console.log(`${EVENTS} events made in ${generated.toFixed(0)} s, ${megabytes().toFixed(0)} MB`);

/** What one index more on the events would cost: as the log had before, one after another. */
if (process.argv.includes('--compare')) compare();

const stores = await openTestStores(dir, { clock: createTestClock(START_US / 1_000 + EVENTS) });
const sizeBefore = megabytes();
const indexing = performance.now();
await stores.events.completeIndex();
const indexed = performance.now() - indexing;
db.pragma('wal_checkpoint(TRUNCATE)');
const bytes = ((megabytes() - sizeBefore) * 1e6) / EVENTS;
console.log(
  `index: ${((indexed * 1_000) / EVENTS).toFixed(2)} us and ${bytes.toFixed(0)} bytes an event ` +
    `(${((indexed * STRETCH) / EVENTS).toFixed(0)} ms for ${STRETCH} events, in slices)`,
);

const all = { newest: true, limit: 1_000 };
const middle = START_US + (EVENTS / 2) * STEP_US;
const some = await stores.events.get(Math.floor(EVENTS / 2));
const questions = {
  'the newest': all,
  'one of 41 subjects': { ...all, subject: 'user-7' },
  'half of everything': { ...all, subject: 'alice' },
  'a value nobody has': { ...all, subject: 'nobody' },
  denied: { ...all, decision: 'deny' },
  'denied, of one subject, a tool, an hour': {
    ...all,
    decision: 'deny',
    subject: 'user-7',
    server: 'files',
    tool: 'tool_3',
    since: middle,
    until: middle + 3_600_000_000,
  },
  'the oldest of a session': { limit: 1_000, session: some.session },
  'two halves that never meet': { ...all, subject: 'alice', client: 'client-9' },
  'two that are common and never together': { ...all, code: 'TG1002', decision: 'permit' },
  'three that are common and never together': {
    ...all,
    code: 'TG1002',
    decision: 'permit',
    subject: 'alice',
  },
  'a rule': { ...all, rule: 'grants/alice-files.yaml:7' },
  withheld: { ...all, outcome: 'withheld' },
  'equal arguments': { ...all, args: some.argsHmac ?? hex('a1') },
  'a trace': { ...all, trace: some.trace ?? `00-${hex('t7').slice(0, 32)}-0123456789abcdef-01` },
  'what belongs to one intent': { intent: String(some.intent ?? some.seq), fromSeq: some.seq },
  'the slowest 20': { largest: 'durationUs', limit: 20, since: middle, until: middle + 86_400e6 },
  'slower than any was': { ...all, atLeast: { durationUs: 60_000 } },
  'slow ones of a subject': { ...all, subject: 'user-7', atLeast: { durationUs: 50_000 } },
  'an hour in the middle': { since: middle, until: middle + 3_600_000_000, limit: 1_000 },
};
for (const [name, filter] of Object.entries(questions)) {
  const times = [];
  let found = 0;
  for (let run = 0; run < 7; run += 1) {
    const start = performance.now();
    found = (await stores.events.query(filter)).length;
    times.push(performance.now() - start);
  }
  const [first] = times;
  const median = times.sort((a, b) => a - b)[3];
  console.log(
    `${name}: ${median.toFixed(1)} ms (first ${first.toFixed(1)}), ${found} found (under ${BOUND_MS})`,
  );
  if (median >= BOUND_MS) failures.push(name);
}
for (const by of ['subject', 'ref', 'hour']) {
  const start = performance.now();
  const rows = (await stores.events.stats({}, [by])).get(by)?.length;
  console.log(`stats by ${by}: ${(performance.now() - start).toFixed(0)} ms, ${rows} rows`);
}
{
  const start = performance.now();
  const before = process.cpuUsage();
  const { events } = await verifyAudit(stores.events, { publicKey: () => undefined });
  const rate = (events * 1_000) / (performance.now() - start);
  const { user, system } = process.cpuUsage(before);
  const ofProcessor = (events * 1e6) / (user + system);
  console.log(
    `verify: ${rate.toFixed(0)} events a second, ${ofProcessor.toFixed(0)} a second of processor time, index included`,
  );
}
stores.close();
db.close();
rmSync(dir, { recursive: true, force: true });
if (failures.length > 0) {
  console.log(`too slow: ${failures.join(', ')}`);
  process.exitCode = 1;
}

function compare() {
  const sample = Math.min(EVENTS, 200_000);
  const rows = db.prepare('SELECT seq, hash, body FROM events ORDER BY seq LIMIT ?').all(sample);
  const generatedColumn = (name, member) =>
    `${name} TEXT GENERATED ALWAYS AS (json_extract(body, '$.${member}')) VIRTUAL`;
  const indexes = {
    without: [],
    session: ['(session)'],
    'session, subject': ['(session)', '(subject)'],
    'session, subject, tool, code, reason, outcome': [
      '(session)',
      '(subject)',
      '(server, tool)',
      '(code)',
      '(reason) WHERE reason IS NOT NULL',
      `(outcome) WHERE outcome <> 'ok'`,
    ],
  };
  const columns = ['session', 'subject', 'server', 'tool', 'code', 'reason', 'outcome'];
  for (const [name, made] of Object.entries(indexes)) {
    const other = join(dir, `compare-${randomBytes(4).toString('hex')}.db`);
    const trial = new Sqlite(other);
    trial.pragma('journal_mode = WAL');
    trial.pragma('synchronous = OFF');
    trial.exec(
      `CREATE TABLE events (seq INTEGER PRIMARY KEY, hash TEXT, body TEXT, ${columns
        .map((column) => generatedColumn(column, column))
        .join(', ')})`,
    );
    for (const [at, on] of made.entries()) trial.exec(`CREATE INDEX i${at} ON events ${on}`);
    const put = trial.prepare('INSERT INTO events (seq, hash, body) VALUES (?, ?, ?)');
    const start = performance.now();
    for (let at = 0; at < rows.length; at += 8) {
      trial.transaction(() => {
        for (const { seq, hash, body } of rows.slice(at, at + 8)) put.run(seq, hash, body);
      })();
    }
    const us = ((performance.now() - start) * 1_000) / rows.length;
    trial.pragma('wal_checkpoint(TRUNCATE)');
    const size = statSync(other).size / rows.length;
    console.log(`columns indexed: ${name}: ${us.toFixed(1)} us, ${size.toFixed(0)} bytes an event`);
    trial.close();
    rmSync(other);
  }
}
