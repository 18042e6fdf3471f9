import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_MS = 5_000;
const MB = 1_048_576;
/** How much more than after the last time is worth a pause, bytes. */
const WORTH_BYTES = 16 * MB;
/** Microseconds of processor time between two looks that still count as rest. */
const REST_MICROS = 150_000;

/** What is known of this process, and what can be done about its memory. */
export interface OwnProcess {
  /** Memory it holds. */
  bytes(): number;
  /** Processor time it has had. */
  cpuMicros(): number;
  /** Collects the whole heap and gives its pages back. It stands still meanwhile: 0.05 to 0.2 s. */
  collect(): void;
}

/**
 * Makes the look that gives back memory a process at rest does not need: V8 keeps what a start or many calls took
 * until there is need for a collection, and at rest there is none.
 *
 * @param isBusy whether anybody waits for an answer: who does must not wait for this.
 */
export function restTidier(own: OwnProcess, isBusy: () => boolean): () => void {
  let cpuBefore = own.cpuMicros();
  let bytesAfter = 0;
  return () => {
    const cpu = own.cpuMicros();
    const isAtRest = cpu - cpuBefore < REST_MICROS && !isBusy();
    if (isAtRest && own.bytes() > bytesAfter + WORTH_BYTES) {
      own.collect();
      bytesAfter = own.bytes();
      cpuBefore = own.cpuMicros();
    } else cpuBefore = cpu;
  };
}

/**
 * V8 compiles what is hot on other threads, and by default frees what that took once nothing is left to compile: some 25 MB in a
 * server's first seconds, which stay with the allocator's stores of those threads. So each is freed when it is done.
 */
const FREES_AT_ONCE = '--no-maglev-destroy-on-background';
/** Those of Node 22 and 24: another may not know the flag, and would say so on standard error. */
const KNOWS_IT = /^1[23]\./;

/** Keeps this process as small as it can be, at rest above all. Answers how to stop. */
export function keepSmall(isBusy: () => boolean): () => Promise<void> {
  if (KNOWS_IT.test(process.versions.v8)) setFlagsFromString(FREES_AT_ONCE);
  const timer = setInterval(restTidier(thisProcess, isBusy), LOOK_MS);
  timer.unref();
  return async () => clearInterval(timer);
}

const thisProcess: OwnProcess = {
  bytes: () => process.memoryUsage.rss(),
  cpuMicros() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  collect() {
    // Only a context made while the flag is set has the function; nothing else here ever sees it.
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    setFlagsFromString('--no-expose-gc');
    if (typeof collect === 'function') collect({ type: 'major', flavor: 'last-resort' });
  },
};
