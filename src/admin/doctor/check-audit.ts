import { verifyTail } from '../../audit/verify-tail.ts';
import type { Facts } from './facts.ts';
import { type Finding, findingsOf, spanWords } from './finding.ts';

const found = findingsOf('audit');

/** Events at the end of the log that are looked at. */
const TAIL = 1_000;
/** Events after which a broker signs a checkpoint by itself, twice over. */
const UNSIGNED = 2_000;

/** Whether the end of the log holds, and how far it is signed. */
export async function checkAudit({ context, state, now }: Facts): Promise<readonly Finding[]> {
  const stores = state?.ok ? state.value?.stores : undefined;
  if (stores === undefined) return [];
  const key = await context.checkpointKey();
  const report = await verifyTail(stores.events, TAIL, (kid) =>
    key?.kid === kid ? key.publicJwk : undefined,
  );
  const whole = 'run `toolgrant audit verify` and look at what it names';
  const findings = report.problems.map((problem) =>
    found('problem', 'audit_broken', problem, 'audit', whole),
  );
  if (findings.length === 0) {
    const which = report.events === report.lastSeq ? 'all' : `the newest ${report.events} of`;
    const what = `${which} ${report.lastSeq} events hold together`;
    findings.push(found('ok', 'audit', what, 'audit'));
  }
  const { checkpoint, lastSeq } = report;
  const unsigned = lastSeq - (checkpoint?.seq ?? 0);
  if (unsigned > UNSIGNED) {
    const since = checkpoint === undefined ? '' : `, for ${spanWords(now - checkpoint.at / 1_000)}`;
    findings.push(
      found(
        'warning',
        'audit_unsigned',
        `no checkpoint covers the newest ${unsigned} events${since}`,
        'audit',
        'run `toolgrant audit verify`, then keep what `toolgrant audit checkpoint` prints on another machine',
      ),
    );
  }
  return findings;
}
