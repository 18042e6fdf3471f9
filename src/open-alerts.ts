import { setTimeout as sleep } from 'node:timers/promises';
import { postText } from './anchors/post-text.ts';
import type { OpenState } from './compose.ts';
import { createScrubber } from './log/scrub-text.ts';
import { type Alerts, sendAlerts } from './send-alerts.ts';
import { systemClock } from './system.ts';

/** The alerts of a configuration; without a webhook nobody is told. */
export function openAlerts({ config, log }: OpenState): Alerts {
  const { alerts: to } = config;
  if (to === undefined) return { raise() {}, idle: async () => {}, end() {} };
  return sendAlerts({
    post: (body, signal) => postText(to, 'application/json', body, signal),
    wait: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => {}),
    clock: systemClock,
    log,
    scrub: createScrubber(config.secrets),
  });
}
