import type { DenyReason } from '../domain/reasons.ts';
import type { MonitorSettings } from './ladder.ts';
import type { MonitoredRefusal, MonitoredUse } from './monitored.ts';
import { isLearnt, type Profile } from './profile.ts';
import type { Signal, SignalName } from './signal.ts';
import { MAX_PLACES, type Track } from './track.ts';

/** Coming back to a place within so many windows means two places by turns, and no move. */
const TURN_WINDOWS = 10;
/** How much larger, or faster, than ever before is unusual. */
const TIMES = 4;
const HOUR_MS = 3_600_000;
/** Hours of a day take more sessions to learn than tools do. */
const SESSIONS_FOR_HOURS = 4;

/**
 * What a use says before it is admitted, from what its session did and its grant has learnt. Notes the
 * use. Signals that are about the use alone come and go with it.
 */
export function noticeUse(
  track: Track,
  profile: Profile,
  use: MonitoredUse,
  settings: MonitorSettings,
): readonly Signal[] {
  const { ladder, observe } = settings;
  const signals: Signal[] = [];
  const add = (name: SignalName, value: number, threshold = ladder[name].threshold): boolean => {
    if (value < threshold) return false;
    signals.push({ name, value, threshold, calls: track.calls });
    return true;
  };

  const rate = track.uses.add(use.at);
  const learnt = isLearnt(profile, observe);
  const most = Math.max(ladder.burst.threshold, TIMES * profile.rate + 1);
  const isBurst = learnt && add('burst', rate, most);
  add('two_places', noticePlace(track, use, settings));
  add('client_drift', driftOf(track, use));

  const isNew = learnt && !Object.hasOwn(profile.used, use.thing);
  const isUnlearnt = isNew && add(use.isWriting ? 'unlearnt_write' : 'first_use', 1);
  const isLarge = learnt && isLarger(use.argsBytes, profile.argsBytes);
  if (isLarge) add('large_arguments', use.argsBytes);
  const hour = Math.floor(use.at / HOUR_MS) % 24;
  const isOdd = isLearnt(profile, observe * SESSIONS_FOR_HOURS) && !profile.hours.includes(hour);
  if (isOdd) add('unusual_hour', 1);

  // What was unusual is not what will be usual.
  const begun = {
    argsBytes: isLarge ? 0 : use.argsBytes,
    rate: isBurst ? 0 : rate,
    hour: isOdd ? undefined : hour,
  };
  track.begin(use, begun, isUnlearnt);
  return signals;
}

/** What the end of a use says: its size, and whether it ended in an error. */
export function noticeEnd(
  track: Track,
  profile: Profile,
  end: { readonly grant: string; readonly resultBytes: number; readonly isError: boolean },
  { ladder, observe }: MonitorSettings,
): readonly Signal[] {
  const signals: Signal[] = [];
  track.errors = end.isError ? track.errors + 1 : 0;
  const { errors, large_result: large } = ladder;
  if (track.errors >= errors.threshold) {
    signals.push(signal('errors', track.errors, errors.threshold, track));
  }
  const isLarge = isLearnt(profile, observe) && isLarger(end.resultBytes, profile.resultBytes);
  if (isLarge && end.resultBytes >= large.threshold) {
    signals.push(signal('large_result', end.resultBytes, large.threshold, track));
  }
  if (!isLarge) track.noteResultBytes(end.grant, end.resultBytes);
  return signals;
}

/** What a result says that gives orders. */
export function noticeOrders(track: Track, { ladder }: MonitorSettings): readonly Signal[] {
  track.orders += 1;
  const { threshold } = ladder.orders;
  return track.orders < threshold ? [] : [signal('orders', track.orders, threshold, track)];
}

/** What a refusal says. Refusals that end by themselves, or wait for somebody, say nothing. */
export function noticeRefusal(
  track: Track,
  { reason, thing, at }: MonitoredRefusal,
  { ladder, windowMs }: MonitorSettings,
): readonly Signal[] {
  if (CHANGED.has(reason)) {
    const { threshold } = ladder.definition_changed;
    return threshold > 1 ? [] : [signal('definition_changed', 1, threshold, track)];
  }
  if (!PROBED.has(reason)) return [];
  track.noteRefused(thing, at);
  const recent = [...track.refused.values()].filter((last) => at - last < windowMs).length;
  const { threshold } = ladder.probing;
  return recent < threshold ? [] : [signal('probing', recent, threshold, track)];
}

const signal = (name: SignalName, value: number, threshold: number, track: Track): Signal => ({
  name,
  value,
  threshold,
  calls: track.calls,
});

const isLarger = (bytes: number, ever: number): boolean => bytes > TIMES * ever;

/**
 * Places used by turns: 2 or more when it comes back to one it left a short while ago, or is in more than
 * are remembered.
 *
 * Attack: who has another's token uses it from so many places that the first is forgotten.
 */
function noticePlace(track: Track, { place, at }: MonitoredUse, settings: MonitorSettings): number {
  if (place === track.place) {
    track.notePlace(place, at);
    return 1;
  }
  const before = track.places.get(place);
  const isBack = before !== undefined && track.place !== undefined;
  const isRecent = (last: number): boolean => at - last < TURN_WINDOWS * settings.windowMs;
  const isSoon = before !== undefined && isRecent(before);
  const isEverywhere =
    before === undefined &&
    track.places.size >= MAX_PLACES &&
    [...track.places.values()].every(isRecent);
  track.notePlace(place, at);
  return (isBack && isSoon) || isEverywhere ? track.places.size : 1;
}

/** 2 when it is not where it was first, 1 when it is only another client by its own word. */
function driftOf(track: Track, { place, clientName }: MonitoredUse): number {
  track.home ??= place;
  track.clientName ??= clientName;
  const isOther = clientName !== undefined && clientName !== track.clientName;
  if (place !== track.home) return 2;
  return isOther ? 1 : 0;
}

/** Refusals of what is not granted: who gets many of them, over different things, is looking around. */
const PROBED: ReadonlySet<DenyReason> = new Set<DenyReason>([
  'no_grant',
  'no_rule',
  'client_not_granted',
  'denied_by_rule',
  'denied_by_condition',
  'condition_false',
  'server_unknown',
  'tool_unknown',
  'tool_unapproved',
  'tool_quarantined',
  'item_unknown',
  'item_unapproved',
  'item_quarantined',
  'uri_ambiguous',
]);

const CHANGED: ReadonlySet<DenyReason> = new Set<DenyReason>(['tool_drifted', 'item_drifted']);
