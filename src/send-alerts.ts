import type { Alert, RaiseAlert } from './domain/alert.ts';
import type { Clock } from './domain/clock.ts';
import { EVENT_CODES } from './domain/event-codes.ts';
import type { JsonObject } from './domain/json.ts';
import { stringifyJson } from './domain/json-text.ts';
import type { Log } from './domain/log.ts';
import { requestFailure } from './domain/request-failure.ts';
import { scrubValue } from './log/scrub-value.ts';

/** Alerts that wait for the one before them; the oldest give way. */
const MAX_WAITING = 256;
/** Bytes of one alert. */
const MAX_BYTES = 65_536;
const MAX_TRIES = 8;
/** Milliseconds before an alert is tried again, doubled each time. */
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [1_000, 60_000] as const;

/** What an alert needs to get out. */
export interface AlertDeps {
  readonly post: (body: string, signal: AbortSignal) => Promise<void>;
  /** Resolves after so many milliseconds, at once when aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Takes known secrets out: names in an alert are a tool server's text. */
  readonly scrub: (text: string) => string;
}

/** Alerts on their way. */
export interface Alerts {
  readonly raise: RaiseAlert;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
  /** Gives up what waits. */
  end(): void;
}

/**
 * Sends alerts one after another, in order, aside from every call: memory, tries and time are bounded,
 * and what is given up is in the audit all the same. The same alert may arrive twice, when only the
 * answer to the first was lost.
 */
export function sendAlerts({ post, wait, clock, log, scrub }: AlertDeps): Alerts {
  const stop = new AbortController();
  const waiting: string[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) {
      await send(body);
      if (stop.signal.aborted) return;
    }
  }

  async function send(body: string): Promise<void> {
    let pause: number = FIRST_WAIT_MS;
    for (let tried = 1; ; tried += 1) {
      try {
        await post(body, stop.signal);
        return;
      } catch (error) {
        if (stop.signal.aborted) return;
        const why = requestFailure(error);
        if (tried === MAX_TRIES)
          return log.warn({ why }, 'an alert was given up; the audit has it');
        if (tried === 1) log.warn({ why }, 'an alert waits for its webhook');
        await wait(pause, stop.signal);
        if (stop.signal.aborted) return;
        pause = Math.min(2 * pause, LONGEST_WAIT_MS);
      }
    }
  }

  return {
    raise(alert) {
      if (stop.signal.aborted) return;
      if (waiting.length === MAX_WAITING) {
        waiting.shift();
        log.warn({}, 'an alert gave way to newer ones; the audit has it');
      }
      waiting.push(bodyOf(alert, clock.now(), scrub));
      running ??= run().finally(() => {
        running = undefined;
      });
    },
    idle: () => running ?? Promise.resolve(),
    end() {
      stop.abort();
      waiting.length = 0;
    },
  };
}

/** An alert as it is posted; one that is too large goes without its detail. */
function bodyOf(alert: Alert, at: number, scrub: (text: string) => string): string {
  const { code, detail, ...rest } = alert;
  const head = {
    version: 1,
    at: new Date(at).toISOString(),
    code,
    name: EVENT_CODES[code],
    ...rest,
  };
  const write = (value: object): string => stringifyJson(scrubValue(value, scrub) as JsonObject);
  const whole = write(detail === undefined ? head : { ...head, detail });
  return Buffer.byteLength(whole) <= MAX_BYTES ? whole : write(head);
}
