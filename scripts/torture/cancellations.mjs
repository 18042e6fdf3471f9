/**
 * Milliseconds from each revocation's time in the log to each cancellation of one of its held calls at
 * the tool server, and how many of those that had reached it were not cancelled. A race names its calls
 * in `held`, and what was revoked as the log does; one that a halt ended has its event in `ended`.
 */
export async function cancellations(at, races) {
  const { context } = await at.state();
  const lines = at.journal();
  const reached = new Set(lines.flatMap(({ kind, nonce }) => (kind === 'call' ? [nonce] : [])));
  const cancelledAt = new Map(
    lines.flatMap(({ kind, nonce, at: when }) => (kind === 'cancelled' ? [[nonce, when]] : [])),
  );
  const revokedAt = new Map();
  for (const code of ['TG2003', 'TG3003']) {
    for (const event of await context.events.query({ code })) {
      revokedAt.set(event.detail?.grant ?? event.session, event.at / 1000);
    }
  }
  const times = [];
  let uncancelled = 0;
  for (const { revoked, held, ended } of races) {
    const from = ended === undefined ? revokedAt.get(revoked) : ended.at / 1000;
    for (const id of held) {
      const when = cancelledAt.get(id);
      if (when !== undefined) times.push(when - from);
      else if (reached.has(id)) uncancelled += 1;
    }
  }
  return { uncancelled, times };
}
