import { attempt, type Facts } from './facts.ts';
import { type Finding, findingsOf, spanWords } from './finding.ts';

const found = findingsOf('grants');

/** Calls that wait for somebody to look at them. */
export async function checkApprovals({ state, now }: Facts): Promise<readonly Finding[]> {
  const stores = state?.ok ? state.value?.stores : undefined;
  if (stores === undefined) return [];
  const read = await attempt(() => stores.approvals.list({ now, all: false }));
  // What cannot be read is said of the state itself.
  const [first, ...others] = read.ok ? read.value : [];
  if (first === undefined) return [];
  const many = others.length === 0 ? '1 call waits' : `${others.length + 1} calls wait`;
  const what = `${many} for an approval, since ${spanWords(now - first.approval.requestedAt)}`;
  return [found('note', 'approvals_waiting', what, '', '`toolgrant approvals list`')];
}
