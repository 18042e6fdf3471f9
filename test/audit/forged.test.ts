import { randomBytes } from 'node:crypto';
import type Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashBody, MAIN_CHAIN } from '../../src/audit/chain.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import { newSessionId, newTokenId, type SessionId } from '../../src/domain/ids.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { SAMPLE_RULE, tamper, verifyState } from '../support/sqlite/sample-chain.ts';
import { createStateDir, openTestStores } from '../support/sqlite/test-stores.ts';

const ENDED = () => ({ code: 'TG2003' }) as const;

/** What takes a session's right away, as the stores do it. */
const REVOCATIONS: Record<string, (stores: Stores, id: SessionId) => Promise<unknown>> = {
  'its session': ({ sessions }, id) => sessions.end(id, 'revoked', 1, ENDED()),
  'its session, suspended': ({ sessions }, id) => sessions.suspend(id, 1, { code: 'TG2011' }),
  'its subject': ({ sessions }) => sessions.revokeAll({ subject: 'alice' }, 1, ENDED),
  'its client': ({ sessions }) =>
    sessions.revokeAll({ client: 'desk' }, 1, ENDED, { code: 'TG2013', client: 'desk' }),
  everything: ({ halts }) => halts.order({ at: 1 }, { code: 'TG7001' }),
  'its key': ({ keyStates }) =>
    keyStates.revoke(['k1'], 1, { code: 'TG7004', detail: { revoked: ['k1'] } }, ENDED),
};

describe('a call forged into the log after the revocation of', () => {
  let state: ReturnType<typeof createStateDir>;
  beforeEach(() => {
    state = createStateDir();
  });
  afterEach(() => state.remove());

  /** A session, its revocation, and an intent written after it by somebody who can hash. */
  async function forge(revoke: (stores: Stores, id: SessionId) => Promise<unknown>) {
    const stores = await openTestStores(state.stateDir);
    const session = {
      id: newSessionId(randomBytes),
      subject: 'alice',
      client: 'desk',
      tokenId: newTokenId(randomBytes),
      keyId: 'k1',
      openedAt: 1,
      expiresAt: Number.MAX_SAFE_INTEGER,
      state: 'active',
      calls: 0,
    } as const;
    await stores.sessions.open(session, { code: 'TG2002', detail: { keyId: 'k1' } });
    await revoke(stores, session.id);
    const epoch = stores.admission.epoch();
    stores.close();
    const intent = {
      code: 'TG1001',
      session: session.id,
      client: 'desk',
      rule: SAMPLE_RULE,
      epoch,
    };
    tamper(state.stateDir, (db) => append(db, intent as EventDraft));
    return verifyState(state.stateDir);
  }

  it.each(Object.keys(REVOCATIONS))('%s is found, though its hash is whole', async (what) => {
    const report = await forge(REVOCATIONS[what] ?? (async () => {}));
    expect(report.ok).toBe(false);
    expect(report.problems.every(({ seq }) => seq === report.events)).toBe(true);
    expect(report.problems[0]?.message).toContain('was admitted');
  });

  it('nothing is no problem: the forgery is whole but for its place', async () => {
    expect(await forge(async () => {})).toMatchObject({ ok: true });
  });
});

/** Puts an event at the end of the chain, as the product would. */
function append(db: Sqlite.Database, draft: EventDraft): void {
  const head = db
    .prepare<[], { seq: number; hash: string; at: number }>(
      "SELECT seq, hash, json_extract(body, '$.at') AS at FROM events ORDER BY seq DESC LIMIT 1",
    )
    .get();
  if (head === undefined) throw new Error('the chain is empty');
  const body = canonicalJson({
    ...JSON.parse(JSON.stringify(draft)),
    seq: head.seq + 1,
    chain: MAIN_CHAIN,
    at: head.at,
    instance: 'ins_forged',
    prev: head.hash,
  });
  db.prepare('INSERT INTO events (seq, hash, body) VALUES (?, ?, ?)').run(
    head.seq + 1,
    hashBody(body),
    body,
  );
}
