import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { controlledEntry, grantText, Home } from '../../test/support/live/home.ts';
import { HttpClient } from '../../test/support/live/http-client.ts';
import { peakMemoryOf } from '../../test/support/live/processes.ts';
import { PEERS } from './hostile-peer.mjs';

const HOSTILE = fileURLToPath(
  new URL('../../test/support/tool-servers/hostile.mjs', import.meta.url),
);
const PEER = new URL('./hostile-peer.mjs', import.meta.url);
/** Sessions a peer may use one after another. */
const SESSIONS = 40;

/** Starts a hostile peer; answers how to stop it. */
function begin(peer, port, tokens) {
  const worker = new Worker(PEER, { workerData: { peer, port, tokens } });
  const ended = new Promise((resolve, reject) => {
    worker.once('exit', resolve);
    worker.once('error', reject);
  });
  return async () => {
    worker.postMessage('stop');
    await ended;
  };
}

const at = (times, share) =>
  times.toSorted((a, b) => a - b)[Math.ceil(share * times.length) - 1] ?? Number.NaN;
const ratio = (a, b) => `${Math.round((a / b) * 100) / 100}`;
const ms = (value) => `${Math.round(value * 10) / 10} ms`;

/**
 * S19: what an ordinary client notices of a hostile peer, as ratios within one run. It calls once every
 * few milliseconds; rounds alone and beside the peer take turns.
 */
export async function hostile(figure, { hostileRounds = 5, hostileCalls = 200 } = {}) {
  for (const peer of Object.keys(PEERS)) {
    const home = new Home({
      grants: {
        'bob.yaml': grantText('bob-all', 'bob', ["permit: 's/*'"]),
        'mallory.yaml': grantText('mallory-all', 'mallory', ["permit: '*/*'"]),
      },
      servers: ({ journalPath }) => ({
        s: controlledEntry(journalPath, 'session'),
        h: { command: process.execPath, args: [HOSTILE, 'plain'] },
      }),
    });
    await home.applyGrants();
    const served = await home.serve();
    const client = new HttpClient(served.port, (await home.open('bob')).token);
    const opening = Array.from({ length: SESSIONS }, () => home.open('mallory'));
    const tokens = (await Promise.all(opening)).map(({ token }) => token);
    let unanswered = 0;
    let calls = 0;
    async function round(times, count) {
      for (let n = 0; n < count; n += 1) {
        calls += 1;
        const params = { name: 's__echo', arguments: { nonce: 'x' } };
        const beganMs = performance.now();
        const answer = await client.ask({ id: calls, method: 'tools/call', params });
        times.push(performance.now() - beganMs);
        if (answer?.result === undefined) unanswered += 1;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
    await round([], hostileCalls);
    const alone = [];
    const beside = [];
    for (let n = 0; n < hostileRounds; n += 1) {
      await round(alone, hostileCalls);
      const stop = begin(peer, served.port, tokens);
      await round([], Math.ceil(hostileCalls / 10));
      await round(beside, hostileCalls);
      await stop();
    }
    figure('S19', `${peer}: calls of another client unanswered`, unanswered, 0);
    const [p50, p99] = [0.5, 0.99].map((share) => ratio(at(beside, share), at(alone, share)));
    figure(
      'S19',
      `${peer}: its p50 and p99 beside it, to alone`,
      `${p50}, ${p99} (${ms(at(beside, 0.5))}, ${ms(at(beside, 0.99))})`,
    );
    figure('S19', `${peer}: most memory the broker held`, `${peakMemoryOf(served.pid) | 0} MiB`);
    client.close();
    await served.end('SIGTERM');
    await home.remove();
  }
}
