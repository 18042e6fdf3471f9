// What each part of the score contributes: the same sessions judged without a broker, in seconds, once with
// every part and once without each.

import { readableOf } from '../../../src/monitor/destinations.ts';
import { DEFAULT_WEIGHTS, judgeCall, PARTS } from '../../../src/monitor/judge-call.ts';
import { keyedDigest } from '../../../src/monitor/keyed-digest.ts';
import { DEFAULT_LADDER } from '../../../src/monitor/ladder.ts';
import { learnSession, learntOfAll, NOTHING_LEARNT } from '../../../src/monitor/profile.ts';
import { pointsTo, purposeOf } from '../../../src/monitor/purpose.ts';
import { asRead } from '../../../src/monitor/readable-result.ts';
import { TaintMemory } from '../../../src/monitor/taint-memory.ts';
import { ToolNames } from '../../../src/monitor/tool-traits.ts';
import { reword, UNSEEN, WORDINGS } from './traces.mjs';

const digest = keyedDigest(Buffer.alloc(16, 7));
const names = new ToolNames();
const { threshold } = DEFAULT_LADDER.data_driven;
const DAY = 86_400_000;
const NO_SIZES = { argsBytes: 0, resultBytes: 0, rate: 0, hours: [] };
const grantOf = ({ suite, user_task }) => `${suite}/${user_task}`;
const isBenign = ({ attack }) => attack === 'none';

/** Takes a session in call by call, as the monitor does, and judges each when there is what to judge by. */
function replayed({ events, user_prompt }, judge, passed = () => {}) {
  const purpose = purposeOf(user_prompt, digest);
  const taint = new TaintMemory(digest, DAY);
  const judgements = events.map(({ tool, args, result }, at) => {
    const traits = names.traits(tool, [], false);
    const judgement = judge?.(taint, { thing: tool, args, traits });
    const by = traits.isWriting || traits.isEgress ? 'judged' : 'reading';
    if (by === 'reading') taint.follow(args, purpose.about);
    passed({ traits, digests: taint.knowArguments(args, by) });
    taint.noteResult(readableOf(asRead(result)), at, at, {
      topicOf: () => (pointsTo(purpose, traits.head, args, digest) ? purpose.topic : undefined),
      ...(traits.isWriting ? { ofCall: args } : {}),
    });
    return judgement;
  });
  return { taint, judgements };
}

/** What sessions without an attack teach; nothing of one that something spoke to. */
export function learnFrom(training) {
  const profiles = new Map();
  for (const session of training.filter(({ events }) => events.length > 0)) {
    const destinations = new Set();
    const { taint } = replayed(session, undefined, ({ traits, digests }) => {
      if (traits.isWriting || traits.isEgress) for (const one of digests) destinations.add(one);
    });
    if (taint.orders.what === 2) continue;
    const used = new Set(session.events.map(({ tool }) => tool));
    const key = grantOf(session);
    const before = profiles.get(key) ?? NOTHING_LEARNT;
    profiles.set(key, learnSession(before, { used, destinations, ...NO_SIZES }));
  }
  return { profiles, all: learntOfAll(profiles.values()) };
}

/** What is said of each call of a session. */
export function judgementsOf(session, { profiles, all }, weights, observe) {
  const profile = profiles.get(grantOf(session)) ?? NOTHING_LEARNT;
  const learnt = new Set(profile.destinations);
  const about = {
    aboutThing: (thing) => names.of(thing).about,
    purpose: purposeOf(session.user_prompt, digest),
    profile,
    isLearntDestination: (one) => learnt.has(one),
    observe,
    all,
  };
  return replayed(session, (taint, call) => judgeCall(taint, { ...call, ...about }, weights))
    .judgements;
}

/** Shares of attacks stopped and of benign sessions interrupted, with some weights. */
function shares(sessions, harmOf, field, { wording, weights, observe }) {
  const all = { attacks: 0, stopped: 0, benign: 0, interrupted: 0 };
  for (const out of new Set(sessions.map((session) => session[field]))) {
    const learnt = learnFrom(sessions.filter((one) => one[field] !== out && isBenign(one)));
    for (const session of sessions.filter((one) => one[field] === out)) {
      if (!isBenign(session) && !session.attack_succeeded) continue;
      const judged = judgementsOf(reword(session, wording), learnt, weights, observe);
      const first = judged.findIndex(({ score }) => score >= threshold);
      const harm = harmOf.get(session);
      if (isBenign(session)) {
        all.benign += 1;
        if (first >= 0) all.interrupted += 1;
      } else {
        all.attacks += 1;
        if (first >= 0 && (harm < 0 || first <= harm)) all.stopped += 1;
      }
    }
  }
  const percent = (part, whole) => Math.round((1_000 * part) / Math.max(1, whole)) / 10;
  return {
    stopped: percent(all.stopped, all.attacks),
    interrupted: percent(all.interrupted, all.benign),
  };
}

/** By wording of the attacks: per cent stopped, and interrupted. */
export function byWording(sessions, harmOf, field, observe) {
  return Object.keys(WORDINGS).map((wording) => ({
    wording: UNSEEN.includes(wording) ? `${wording} *` : wording,
    ...shares(sessions, harmOf, field, { wording, weights: DEFAULT_WEIGHTS, observe }),
  }));
}

/** By part that is left out (`none` first): per cent stopped as recorded and without wording, and interrupted. */
export function withoutEach(sessions, harmOf, field, observe) {
  return ['none', ...PARTS].map((part) => {
    const weights = { ...DEFAULT_WEIGHTS, ...(part === 'none' ? {} : { [part]: 0 }) };
    const of = (wording) => shares(sessions, harmOf, field, { wording, weights, observe });
    const recorded = of('recorded');
    return { part, ...recorded, bare: of('none').stopped };
  });
}
