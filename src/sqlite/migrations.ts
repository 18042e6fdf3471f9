import type { Database } from 'better-sqlite3';
import { FIRST_PREV } from '../audit/chain.ts';

/** `application_id` of a Toolgrant database: "TGDB". */
export const APPLICATION_ID = 0x54474442;

/** A member of an event in a statement about their table, computed from what the hash covers. */
export const memberOf = (member: string): string =>
  `CASE WHEN json_valid(body) THEN json_extract(body, '$.${member}') END`;

const json = (member: string) => `GENERATED ALWAYS AS (${memberOf(member)}) VIRTUAL`;

/**
 * The audit table. `hash` covers `body`, and what is queried is computed from `body`: what is verified is
 * what is queried, and no column can be edited by itself.
 */
const eventsWith = (...computed: readonly string[]) => `CREATE TABLE events (
  ${['seq INTEGER PRIMARY KEY', 'hash TEXT NOT NULL', 'body TEXT NOT NULL', ...computed].join(',\n  ')}
) STRICT`;

const EVENTS = eventsWith(
  `chain TEXT ${json('chain')}`,
  `at INTEGER ${json('at')}`,
  `code TEXT ${json('code')}`,
  `instance TEXT ${json('instance')}`,
  `session TEXT ${json('session')}`,
  `subject TEXT ${json('subject')}`,
  `client TEXT ${json('client')}`,
  `server TEXT ${json('server')}`,
  `tool TEXT ${json('tool')}`,
  `decision TEXT ${json('decision')}`,
  `reason TEXT ${json('reason')}`,
  `outcome TEXT ${json('outcome')}`,
  `intent INTEGER ${json('intent')}`,
  `epoch INTEGER ${json('epoch')}`,
);

const VERSION_1 = [
  EVENTS,
  'CREATE INDEX events_session ON events (session)',
  'CREATE INDEX events_subject ON events (subject)',
  'CREATE INDEX events_tool ON events (server, tool)',
  'CREATE INDEX events_code ON events (code)',
  'CREATE INDEX events_reason ON events (reason) WHERE reason IS NOT NULL',
  `CREATE INDEX events_outcome ON events (outcome) WHERE outcome <> 'ok'`,
  `CREATE TABLE checkpoints (
    seq INTEGER PRIMARY KEY, chain TEXT NOT NULL, hash TEXT NOT NULL, at INTEGER NOT NULL,
    kid TEXT NOT NULL, signature TEXT NOT NULL
  ) STRICT`,
  'CREATE TABLE rights (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL) STRICT',
  'INSERT INTO rights (id, epoch) VALUES (1, 1)',
  `CREATE TABLE open_intents (
    seq INTEGER PRIMARY KEY, instance TEXT NOT NULL, session TEXT NOT NULL, server TEXT NOT NULL,
    tool TEXT NOT NULL
  ) STRICT`,
  'CREATE INDEX open_intents_instance ON open_intents (instance)',
  `CREATE TABLE sessions (
    id TEXT PRIMARY KEY, subject TEXT NOT NULL, client TEXT, purpose TEXT,
    token_id TEXT NOT NULL UNIQUE, opened_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'revoked', 'expired')),
    ended_at INTEGER, first_use TEXT, calls INTEGER NOT NULL, last_call_at INTEGER
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX sessions_subject ON sessions (subject)',
  `CREATE INDEX sessions_active ON sessions (expires_at) WHERE state = 'active'`,
  `CREATE TABLE live_brokers (
    instance TEXT PRIMARY KEY, pid INTEGER NOT NULL, socket TEXT NOT NULL,
    started_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE grants (
    id TEXT PRIMARY KEY, subject TEXT NOT NULL, revision INTEGER NOT NULL, file TEXT NOT NULL,
    document TEXT NOT NULL, applied_at INTEGER NOT NULL, revoked_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('live', 'revoked', 'absent'))
  ) STRICT`,
  `CREATE INDEX grants_subject ON grants (subject, id) WHERE state = 'live'`,
  `CREATE TABLE pinned_servers (
    server TEXT PRIMARY KEY, era TEXT NOT NULL, revision TEXT NOT NULL, asked_with TEXT NOT NULL,
    server_info TEXT NOT NULL, capabilities TEXT NOT NULL, instructions TEXT,
    pinned_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE pinned_tools (
    server TEXT NOT NULL REFERENCES pinned_servers (server) ON DELETE CASCADE,
    name TEXT NOT NULL, definition TEXT NOT NULL, hash TEXT NOT NULL, drift TEXT,
    PRIMARY KEY (server, name)
  ) STRICT`,
];

/**
 * Marks get their reasons, and each server the state of its entry in the lock file when it and the
 * database last agreed (`file_hash`, `entry_hash`).
 */
const VERSION_2 = [
  'ALTER TABLE pinned_tools RENAME COLUMN drift TO live_hash',
  'ALTER TABLE pinned_tools ADD COLUMN live TEXT',
  'ALTER TABLE pinned_tools ADD COLUMN quarantine TEXT',
  "UPDATE pinned_tools SET quarantine = 'drifted' WHERE live_hash IS NOT NULL",
  `CREATE TABLE lock_entries (
    server TEXT PRIMARY KEY, file_hash TEXT NOT NULL, entry_hash TEXT NOT NULL
  ) STRICT`,
];

/**
 * A client stays out while a session of it is suspended: found without reading the others. The halt
 * stands beside the epoch. A session says which key its token was signed with; one from before has none
 * that is good.
 */
const VERSION_3 = [
  'ALTER TABLE rights ADD COLUMN halted_at INTEGER',
  'ALTER TABLE rights ADD COLUMN halt_reason TEXT',
  'ALTER TABLE sessions ADD COLUMN key_id TEXT',
  'CREATE INDEX sessions_key ON sessions (key_id) WHERE key_id IS NOT NULL',
  `CREATE TABLE retired_keys (
    kid TEXT PRIMARY KEY, retired_at INTEGER NOT NULL, revoked_at INTEGER
  ) STRICT`,
  `CREATE INDEX sessions_suspended ON sessions (subject, client) WHERE state = 'suspended'`,
];

/**
 * Prompts, resource templates and instructions are pinned as tools are. Instructions of before were kept
 * without anybody's approval: the server's next start brings them, unapproved.
 */
const VERSION_4 = [
  `CREATE TABLE pinned_items (
    server TEXT NOT NULL REFERENCES pinned_servers (server) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('tool', 'prompt', 'template', 'instructions')),
    name TEXT NOT NULL, definition TEXT NOT NULL, hash TEXT NOT NULL, quarantine TEXT,
    live_hash TEXT, live TEXT, PRIMARY KEY (server, kind, name)
  ) STRICT`,
  `INSERT INTO pinned_items (server, kind, name, definition, hash, quarantine, live_hash, live)
    SELECT server, 'tool', name, definition, hash, quarantine, live_hash, live FROM pinned_tools`,
  'DROP TABLE pinned_tools',
  'ALTER TABLE pinned_servers DROP COLUMN instructions',
];

/** What a grant permitted in a session is counted, and what of it runs: its limits are held to that. */
const VERSION_5 = [
  'ALTER TABLE open_intents ADD COLUMN grant_id TEXT',
  'CREATE INDEX open_intents_use ON open_intents (session, grant_id)',
  `CREATE TABLE grant_uses (
    session TEXT NOT NULL, grant_id TEXT NOT NULL, calls INTEGER NOT NULL, last_at INTEGER NOT NULL,
    PRIMARY KEY (session, grant_id)
  ) STRICT, WITHOUT ROWID`,
];

/**
 * Uses of rules with a limit, numbered by rule, as long as they count; uses that wait for an approval, or were approved. The
 * arguments are sealed, for whoever approves, and gone once it is settled. A session says whether a person
 * is at its client, as the admin who connected it said. Each revision of a grant, with the epochs it was in
 * force from and until, so that a decision can be told as of its own; older ones than these are not known.
 */
const VERSION_6 = [
  `CREATE TABLE rule_uses (
    grant_id TEXT NOT NULL, rule_key TEXT NOT NULL, n INTEGER NOT NULL, at INTEGER NOT NULL,
    seq INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (grant_id, rule_key, n)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX rule_uses_until ON rule_uses (until)',
  `CREATE TABLE approvals (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'used')),
    session TEXT NOT NULL, subject TEXT NOT NULL, client TEXT, server TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('tool', 'prompt', 'resource')), name TEXT NOT NULL,
    method TEXT NOT NULL, definition_hash TEXT, grant_id TEXT NOT NULL, revision INTEGER NOT NULL,
    rule_index INTEGER NOT NULL, rule_file TEXT NOT NULL, rule_line INTEGER NOT NULL, arguments BLOB, requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, settled_at INTEGER, settled_by TEXT, used_seq INTEGER
  ) STRICT`,
  'CREATE INDEX approvals_digest ON approvals (digest)',
  `CREATE INDEX approvals_open ON approvals (session) WHERE state = 'pending'`,
  'ALTER TABLE sessions ADD COLUMN interactive INTEGER NOT NULL DEFAULT 0',
  `CREATE TABLE grant_revisions (
    id TEXT NOT NULL, revision INTEGER NOT NULL, subject TEXT NOT NULL, file TEXT NOT NULL,
    document TEXT NOT NULL, applied_at INTEGER NOT NULL, from_epoch INTEGER NOT NULL,
    until_epoch INTEGER, PRIMARY KEY (id, revision)
  ) STRICT`,
  'CREATE INDEX grant_revisions_subject ON grant_revisions (subject)',
  `INSERT INTO grant_revisions (id, revision, subject, file, document, applied_at, from_epoch, until_epoch)
    SELECT grants.id, revision, subject, file, document, applied_at, epoch,
      CASE WHEN state = 'live' THEN NULL ELSE epoch END FROM grants, rights`,
  'ALTER TABLE rights ADD COLUMN revisions_since INTEGER NOT NULL DEFAULT 1',
  'UPDATE rights SET revisions_since = epoch',
];

/**
 * What was noticed of an item when it was approved stands beside it. A server has what it was started
 * from, and what it turned out to be instead. Definitions that were in force once are kept, by hash, for
 * whoever asks what changed.
 */
const VERSION_7 = [
  'ALTER TABLE pinned_items ADD COLUMN flags TEXT',
  'ALTER TABLE pinned_servers ADD COLUMN origin TEXT',
  'ALTER TABLE pinned_servers ADD COLUMN changed TEXT',
  'CREATE TABLE definitions (hash TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT',
  'INSERT OR IGNORE INTO definitions (hash, definition) SELECT hash, definition FROM pinned_items',
];

/**
 * The log's index, by stretches of `STRETCH` events: a bit for each event that has a value, and numbers
 * in columns. One index is left on the events, of what a session did: each costs every event.
 */
const VERSION_8 = [
  'DROP INDEX events_subject',
  'DROP INDEX events_tool',
  'DROP INDEX events_code',
  'DROP INDEX events_reason',
  'DROP INDEX events_outcome',
  'CREATE TABLE event_stretches (stretch INTEGER PRIMARY KEY) STRICT',
  `CREATE TABLE event_marks (
    field TEXT NOT NULL, value TEXT NOT NULL, stretch INTEGER NOT NULL, marks BLOB NOT NULL,
    PRIMARY KEY (field, value, stretch)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE event_numbers (
    field TEXT NOT NULL, stretch INTEGER NOT NULL, numbers BLOB NOT NULL,
    PRIMARY KEY (field, stretch)
  ) STRICT, WITHOUT ROWID`,
];

/** How far each place outside of the state has got the checkpoints. */
const VERSION_9 = ['CREATE TABLE anchored (anchor TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT'];

/** Where the log starts, once its oldest events were removed. */
const VERSION_10 = [
  `CREATE TABLE log_start (
    id INTEGER PRIMARY KEY CHECK (id = 1), chain TEXT NOT NULL, seq INTEGER NOT NULL,
    hash TEXT NOT NULL, at INTEGER NOT NULL, removed_at INTEGER NOT NULL, kid TEXT NOT NULL,
    signature TEXT NOT NULL
  ) STRICT`,
];

/** How far each place that events are sent on to has got them. */
const VERSION_11 = ['CREATE TABLE shipped (target TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT'];

/** What the monitor remembers of subjects' clients, and what it learnt of grants. */
const VERSION_12 = [
  `CREATE TABLE monitor_clients (
    subject TEXT NOT NULL, client TEXT NOT NULL, private_at INTEGER, untrusted_at INTEGER,
    PRIMARY KEY (subject, client)
  ) STRICT, WITHOUT ROWID`,
  'CREATE TABLE monitor_profiles (grant_id TEXT PRIMARY KEY, profile TEXT NOT NULL) STRICT',
];

/**
 * Of the columns computed from an event only the one with an index is left: SQLite computes all of them
 * for each event that is appended, at more than the rest of it costs. Calls of a session are counted by
 * grant alone. Open calls are few, and those of one broker are found among them.
 */
const VERSION_13 = [
  ...[
    'chain',
    'at',
    'code',
    'instance',
    'subject',
    'client',
    'server',
    'tool',
    'decision',
    'reason',
    'outcome',
    'intent',
    'epoch',
  ].map((column) => `ALTER TABLE events DROP COLUMN ${column}`),
  `UPDATE sessions SET calls = max(0, calls - coalesce(
    (SELECT sum(calls) FROM grant_uses WHERE session = sessions.id), 0))`,
  'DROP INDEX open_intents_instance',
];

/**
 * What finds a session's events costs each event a page of its commit and twice its reading: they are
 * found by the index of stretches. Open calls are few, and those of one session are found among them.
 */
const VERSION_14 = [
  'DROP INDEX events_session',
  'ALTER TABLE events DROP COLUMN session',
  'DROP INDEX open_intents_use',
];

const MIGRATIONS: readonly (readonly string[])[] = [
  VERSION_1,
  VERSION_2,
  VERSION_3,
  VERSION_4,
  VERSION_5,
  VERSION_6,
  VERSION_7,
  VERSION_8,
  VERSION_9,
  VERSION_10,
  VERSION_11,
  VERSION_12,
  VERSION_13,
  VERSION_14,
];

/** The `user_version` this code writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Brings a database from `version` to `SCHEMA_VERSION`, inside the caller's transaction. */
export function migrate(db: Database, version: number): void {
  for (const statements of MIGRATIONS.slice(version)) {
    for (const statement of statements) db.exec(statement);
  }
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma(`user_version = ${SCHEMA_VERSION}`);
}

/** Where the audit's layout differs from the one made here: a view or a column put in its place. */
export function layoutProblems(db: Database): readonly string[] {
  const rows = db
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema
       WHERE tbl_name IN ('events', 'checkpoints', 'event_stretches', 'event_marks', 'event_numbers',
         'log_start') AND sql IS NOT NULL`,
    )
    .all();
  const made = [
    eventsWith(),
    ...VERSION_1.filter((sql) => sql.startsWith('CREATE TABLE checkpoints ')),
    ...VERSION_8.filter((sql) => sql.startsWith('CREATE TABLE ')),
    ...VERSION_10,
  ].map(inOneLine);
  const found = new Map(rows.map((row) => [inOneLine(row.sql), row.name]));
  const missing = made.filter((sql) => !found.has(sql)).map((sql) => sql.split(' (')[0] ?? sql);
  const foreign = rows.filter((row) => !made.includes(inOneLine(row.sql))).map((row) => row.name);
  return [
    ...missing.map((what) => `the layout lacks "${what}"`),
    ...foreign.map((what) => `the layout has "${what}", which is not ours`),
  ];
}

/** SQLite leaves other white space where it took a column out. */
const inOneLine = (sql: string): string => sql.replace(/\s+/g, ' ').replace(/ \)/g, ')');

/** The hash an empty chain continues from. */
export const EMPTY_HEAD = { seq: 0, hash: FIRST_PREV, at: 0 } as const;
