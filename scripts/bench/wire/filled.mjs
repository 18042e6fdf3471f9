// A state that has much in it: grants, open sessions and events, each written by the store's own functions.
import { createHash } from 'node:crypto';
import { newSessionId, newTokenId } from '../../../src/domain/ids.ts';

const BATCH = 4_000;
const DAY_MS = 86_400_000;
const FAR = Date.UTC(2099, 11, 31);
/** Subjects of other sessions and grants than those under test. */
const subjectOf = (n) => `other${n}`;
const hex = (text) => createHash('sha256').update(text).digest('hex');

/**
 * Fills a state until it has so many of each, as far as it has not.
 *
 * @param state as `openState` gives it.
 * @param holds `grants`, `sessions`, `events`.
 * @param server whose tools the grants are about.
 */
export async function fill({ stores, context }, holds, server) {
  const now = context.clock.now();
  await grants(stores, holds.grants - (await stores.grants.all()).length, server, now);
  const open = (await stores.sessions.list({ activeAt: now })).length;
  await sessions(stores, context, holds.sessions - open, now);
  const head = await stores.events.head();
  await events(stores, holds.events - (head?.seq ?? 0), server);
}

async function grants({ grants: store }, count, server, now) {
  if (count <= 0) return;
  const change = (n) => ({
    kind: 'put',
    file: `other${n}.yaml`,
    event: { code: 'TG3001' },
    document: {
      id: `other${n}`,
      subject: subjectOf(n),
      purpose: 'to be there',
      expiresAt: FAR,
      rules: [{ effect: 'permit', pattern: `${server}/*`, line: 6, when: 'args.size < 100' }],
    },
  });
  await store.change(
    Array.from({ length: count }, (_, n) => change(n)),
    now,
  );
}

async function sessions({ sessions: store }, { keys, entropy }, count, now) {
  const { kid } = await keys.sessionKey();
  for (let n = 0; n < count; n += 1) {
    const session = {
      id: newSessionId(entropy),
      subject: subjectOf(n),
      tokenId: newTokenId(entropy),
      keyId: kid,
      ...{ openedAt: now, expiresAt: now + DAY_MS / 3, state: 'active', calls: 0 },
    };
    const refused = await store.open(session, { code: 'TG2002', detail: { keyId: kid } });
    if (refused !== undefined) throw new Error(`no session: ${refused}`);
  }
}

/** Refused calls: what the store takes without a session behind it, with all that an event of a call has. */
async function events({ admission }, count, server) {
  for (let made = 0; made < count; made += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - made) }, (_, n) => {
      const subject = subjectOf((made + n) % 500);
      return admission.record({
        ...{ code: 'TG1003', session: `ses_${hex(subject).slice(0, 32)}`, subject },
        ...{ clientInfo: { name: 'bench', version: '1.0.0' }, transport: 'http' },
        ...{ remote: '127.0.0.1', revision: '2026-07-28', server, tool: `tool_${n % 12}` },
        ...{ requestId: String(made + n), argsHmac: hex(`${made + n}`), args: { size: n } },
        ...{ decision: 'deny', reason: 'no_rule', definitionHash: hex(server), epoch: 2 },
      });
    });
    await Promise.all(batch);
  }
}
