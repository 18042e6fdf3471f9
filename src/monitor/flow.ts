import type { Label } from '../domain/label.ts';
import type { Rung } from './ladder.ts';
import type { FlowLabel, Touched } from './monitor-store.ts';
import type { Signal } from './signal.ts';

const WATCHED: readonly FlowLabel[] = ['private', 'untrusted'];
const NONE: readonly FlowLabel[] = [];

/** Kinds of data a result brings. One that gives orders is nobody's word, whatever its tool is labelled. */
export const brought = (labels: readonly Label[], hasOrders: boolean): readonly FlowLabel[] =>
  labels.length === 0 && !hasOrders
    ? NONE
    : WATCHED.filter((label) => labels.includes(label) || (hasOrders && label === 'untrusted'));

/** What was touched, with more in it. */
export const withTouch = (touched: Touched, labels: readonly FlowLabel[], at: number): Touched => ({
  ...touched,
  ...Object.fromEntries(labels.map((label) => [label, Math.max(at, touched[label] ?? 0)])),
});

/** How many kinds of data were read since an instant. */
const kindsSince = (touched: Touched, since: number): number =>
  WATCHED.filter((label) => (touched[label] ?? Number.NEGATIVE_INFINITY) > since).length;

/** Whether a use sends data out, and its rule does not let it flow whatever was read. */
export const mayFlowOut = ({
  labels,
  isFlowAllowed,
}: {
  readonly labels: readonly Label[];
  readonly isFlowAllowed: boolean;
}): boolean => !isFlowAllowed && labels.includes('egress');

/**
 * What a use says that sends data out of a client: whether that has read private and untrusted data.
 *
 * Attack: an issue that anybody could write says to read the keys and to post them somewhere.
 */
export function noticeFlow(
  touched: Touched,
  at: number,
  { threshold }: Rung,
  rememberMs: number,
  calls: readonly number[],
): readonly Signal[] {
  const value = kindsSince(touched, at - rememberMs);
  return value < threshold ? [] : [{ name: 'flow', value, threshold, calls }];
}
