import {
  killOnFailingDisk,
  revokeOnFailingDisk,
  startOnFailingDisk,
} from '../../test/support/live/failing-commands.ts';
import { callOnFailingDisk } from '../../test/support/live/failing-disk.ts';
import { Home } from '../../test/support/live/home.ts';
import { HttpClient } from '../../test/support/live/http-client.ts';
import { callOf } from '../../test/support/live/race.ts';
import { ONE_SYNC_THREAD, straceProblem } from '../../test/support/live/strace.ts';
import { progress } from './figures.mjs';

const PART = 'S28';
const ERRORS = ['EIO', 'ENOSPC'];
/** The range has ended when so many in a row met no fault: how commits are shared varies. */
const ENOUGH = 3;

/**
 * S28: EIO and ENOSPC at every `stride`-th write and every sync and truncation of the state's files; at
 * a start at every write one or the other, when the WAL is carried over at every fifth.
 */
export async function failingDisk(figure, { stride }) {
  const problem = await straceProblem();
  if (problem !== undefined) {
    figure(PART, 'skipped', problem);
    return;
  }
  const home = new Home();
  const { pid, port, end } = await home.serve({ env: ONE_SYNC_THREAD });
  const { token } = await home.open();
  const client = new HttpClient(port, token);
  // The tool server is started and pinned before the disk begins to fail.
  await client.ask(callOf('warm', 's__echo'));

  const calls = (fault, prefix) =>
    callOnFailingDisk({ home, pid, client }, fault, { prefix, callers: 4, callsEach: 3 });
  // Enough calls that the WAL is carried over into the database.
  const manyCalls = (fault, prefix) =>
    callOnFailingDisk({ home, pid, client }, fault, { prefix, callers: 2, callsEach: 75 });
  const revoke = (fault, prefix) => revokeOnFailingDisk({ home, port }, fault, prefix);

  await everyKth(figure, 'calls', calls, stride);
  await everyKth(figure, 'calls, for good', calls, stride, { isLasting: true });
  await everyKth(figure, 'checkpoint of the WAL', manyCalls, 5 * stride, {
    isDatabaseOnly: true,
  });
  await everyKth(figure, 'session revoke', revoke, stride);
  client.close();
  figure(PART, 'exit code of the broker after all of it', (await end('SIGTERM')).code, 0);
  const { context } = await home.state();
  figure(PART, 'calls left open then', (await context.brokers.openIntents()).length, 0);
  figure(PART, 'exit code of audit verify', (await home.run(['audit', 'verify'])).code, 0);
  await home.remove();

  await everyKth(figure, 'killed meanwhile', killOnFailingDisk, 5 * stride);
  await everyKth(figure, 'start and first use', startOnFailingDisk, 2 * stride);
}

async function everyKth(figure, what, run, stride, more = {}) {
  const sums = { injected: 0, calls: 0, refused: 0 };
  const broken = new Map();
  const furthest = { write: 0, sync: 0, truncate: 0 };
  const say = progress(`${PART} ${what}`);
  for (const step of Object.keys(furthest)) {
    const by = step === 'write' ? stride : 1;
    for (const [n, error] of ERRORS.entries()) {
      for (let k = 1 + (n % by), missed = 0; missed < ENOUGH; k += by) {
        const prefix = `${what}-${step}-${error}-${k}`.replaceAll(/[^\w-]/g, '-');
        const met = await run({ step, error, at: k, ...more }, prefix);
        for (const name of Object.keys(sums)) sums[name] += met[name];
        for (const one of met.broken) broken.set(one, (broken.get(one) ?? 0) + 1);
        missed = met.injected === 0 ? missed + 1 : 0;
        if (met.injected > 0) furthest[step] = Math.max(furthest[step], k);
        say(() => `${error} at ${step} ${k}`);
      }
    }
  }
  const { write, sync, truncate } = furthest;
  figure(PART, `${what}: last write, sync, truncation made fail`, `${write}, ${sync}, ${truncate}`);
  figure(PART, `${what}: failures injected`, sums.injected);
  figure(PART, `${what}: calls, of them refused`, `${sums.calls}, ${sums.refused}`);
  const said = [...broken].map(([one, count]) => `${one} (${count})`).join('; ');
  figure(PART, `${what}: promises broken`, said === '' ? 0 : said, 0);
}
