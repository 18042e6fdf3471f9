import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { type VerifyOptions, type VerifyReport, verifyAudit } from '../../../src/audit/verify.ts';
import type { GrantDocument } from '../../../src/authorize/grant-record.ts';
import { newSessionId, newTokenId, type SessionId } from '../../../src/domain/ids.ts';
import { DATABASE_FILE } from '../../../src/sqlite/open-database.ts';
import type { Stores } from '../../../src/sqlite/open-stores.ts';
import { sessionRecord } from '../fakes/session-record.ts';
import { createTestClock, openTestStores, publicKey } from './test-stores.ts';

/** A grant that permits everything of one server. */
export const SAMPLE_GRANT: GrantDocument = {
  id: 'g',
  subject: 'alice',
  purpose: 'test',
  expiresAt: Number.MAX_SAFE_INTEGER,
  rules: [{ effect: 'permit', pattern: 'files/*', line: 1 }],
};

/** The rule its calls are admitted under. */
export const SAMPLE_RULE = {
  grant: 'g',
  revision: 1,
  index: 0,
  file: 'grants/g.yaml',
  line: 1,
  effect: 'permit',
  pattern: 'files/*',
} as const;

/** Writes a session, a grant and `calls` calls into a state. @returns the session's id. */
export async function writeSampleChain(
  stateDir: string,
  calls: number,
  { isIndexed = false } = {},
): Promise<SessionId> {
  const clock = createTestClock();
  const stores = await openTestStores(stateDir, { clock });
  const id = newSessionId(randomBytes);
  const expiresAt = Number.MAX_SAFE_INTEGER;
  const tokenId = newTokenId(randomBytes);
  await stores.sessions.open(sessionRecord({ id, tokenId, expiresAt, calls: 0 }), {
    code: 'TG2002',
  });
  await stores.grants.change(
    [{ kind: 'put', document: SAMPLE_GRANT, file: 'grants/g.yaml', event: { code: 'TG3001' } }],
    1,
  );
  for (let call = 0; call < calls; call += 1) {
    clock.advance(7_000);
    await sampleCall(stores, id);
  }
  if (isIndexed) await stores.events.completeIndex();
  stores.close();
  return id;
}

/** One admitted and released call under the sample grant. */
export async function sampleCall(stores: Stores, id: SessionId): Promise<void> {
  const epoch = stores.admission.epoch();
  const admitted = await stores.admission.admit({
    epoch,
    sessionId: id,
    intent: {
      code: 'TG1001',
      subject: 'alice',
      server: 'files',
      tool: 'read',
      decision: 'permit',
      rule: SAMPLE_RULE,
    },
  });
  if (admitted.kind !== 'appended') throw new Error(`not admitted: ${admitted.kind}`);
  await stores.admission.release({
    epoch,
    sessionId: id,
    outcome: { code: 'TG1002', intent: admitted.seq, outcome: 'ok', server: 'files', tool: 'read' },
  });
}

/** Changes a closed database as somebody with the file would. */
export function tamper(stateDir: string, change: (db: Sqlite.Database) => void): void {
  const db = new Sqlite(join(stateDir, DATABASE_FILE));
  change(db);
  db.close();
}

/** Verifies a state. */
export async function verifyState(
  stateDir: string,
  outside: VerifyOptions['outside'] = [],
): Promise<VerifyReport> {
  const stores = await openTestStores(stateDir);
  try {
    return await verifyAudit(stores.events, { publicKey, outside });
  } finally {
    stores.close();
  }
}
