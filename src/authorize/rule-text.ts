import { formatByteSize } from './byte-size.ts';
import { formatDuration } from './duration.ts';
import { formatInstant } from './format-grant.ts';
import type { GrantRule } from './grant-record.ts';
import { formatRates } from './rate.ts';

/** A rule in one line, for people: `permit files/read_* limit 10/h when args.path == "/x"`. */
export const ruleText = (rule: GrantRule): string =>
  [`${rule.effect} ${rule.pattern}`, ...termTexts(rule)].join(' ');

/** What a rule says besides effect and pattern, a text each, in the words of a grant file. */
export function termTexts(rule: Omit<GrantRule, 'line'>): readonly string[] {
  const { when, hours, rates, approval, waitMs, maxResultBytes, flow, trialUntil } = rule;
  return [
    ...(hours === undefined ? [] : [`hours ${oneLine(hours)}`]),
    ...(rates === undefined ? [] : [`limit ${formatRates(rates)}`]),
    ...(approval === undefined ? [] : [`approval ${approval}`]),
    ...(waitMs === undefined ? [] : [`wait ${formatDuration(waitMs)}`]),
    ...(maxResultBytes === undefined ? [] : [`maxResult ${formatByteSize(maxResultBytes)}`]),
    ...(flow === undefined ? [] : [`flow ${flow}`]),
    ...(trialUntil === undefined ? [] : [`enforce false until ${formatInstant(trialUntil)}`]),
    ...(when === undefined ? [] : [`when ${oneLine(when)}`]),
  ];
}

const oneLine = (text: string): string => text.trim().replace(/\s+/g, ' ');
