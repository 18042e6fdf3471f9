import { join } from 'node:path';
import { verifyAudit } from '../../../src/admin/verify-audit.ts';
import { compare, type FailedDisk, reachedCalls } from './failing-disk.ts';
import { Home } from './home.ts';
import { HttpClient } from './http-client.ts';
import { aftermath, callOf, isResult } from './race.ts';
import type { Answer } from './stdio-client.ts';
import { type DiskFault, failUnder, injectedIn, ONE_SYNC_THREAD, straceCommand } from './strace.ts';

/**
 * Starts a broker on an empty state whose disk fails, has it called once, which starts and pins its tool
 * server, and ends it; then starts another on the mended disk, which must serve.
 */
export async function startOnFailingDisk(fault: DiskFault): Promise<FailedDisk> {
  const home = new Home();
  const output = join(home.dir, 'strace');
  const answers = new Map<string, Answer | undefined>();
  const broken: string[] = [];
  try {
    const started = await home
      .serve({ under: straceCommand(home, fault, output), env: ONE_SYNC_THREAD })
      .catch(String);
    if (typeof started === 'string') {
      if (!/\nerror: |: error: /.test(started)) broken.push('a start failed without saying why');
    } else {
      answers.set('faulty', await callOnce(home, started.port, 'faulty'));
      const { code, signal } = await started.end('SIGTERM');
      if (code !== 0) broken.push(`a broker that had started ended with ${code ?? signal}`);
    }
    const injected = injectedIn(output);

    const mended = await onMendedDisk(home, answers);
    return { ...mended, injected, broken: [...broken, ...mended.broken] };
  } finally {
    await home.remove();
  }
}

async function callOnce(home: Home, port: number, nonce: string): Promise<Answer | undefined> {
  const { token } = await home.open();
  const client = new HttpClient(port, token);
  const answer = await client.askByStatus(callOf(nonce, 's__echo'));
  client.close();
  return answer;
}

/**
 * Revokes a session by the command while its disk fails, a call in flight at a broker whose disk does
 * not; then once more on the mended disk.
 */
export async function revokeOnFailingDisk(
  { home, port }: { readonly home: Home; readonly port: number },
  fault: DiskFault,
  prefix: string,
): Promise<FailedDisk> {
  const { context } = await home.state();
  const output = join(home.dir, `strace-${prefix}`);
  const session = await home.open();
  const client = new HttpClient(port, session.token);
  const broken: string[] = [];
  const held = client.askByStatus(callOf(`${prefix}-held`, 's__hold'));
  await home.noted((lines) => lines.some(({ nonce }) => nonce === `${prefix}-held`));

  const under = straceCommand(home, fault, output);
  const { code } = await home.run(['session', 'revoke', session.id], ONE_SYNC_THREAD, under);
  const isRevoked =
    (await context.events.query({ session: session.id, code: 'TG2003' })).length > 0;
  if (code !== 0 && code !== 4) broken.push(`revoke exited ${code}`);
  if (code === 0 && !isRevoked) broken.push('revoke exited 0 and had not committed');
  if (code === 4 && isRevoked) broken.push('revoke exited 4 and had committed');
  const between = await client.askByStatus(callOf(`${prefix}-between`, 's__echo'));
  if (isResult(between) === isRevoked) broken.push('the next call was not judged by the log');

  const again = await home.run(['session', 'revoke', session.id]);
  if (again.code !== 0) broken.push('the session could not be revoked on the mended disk');
  if (isResult(await held)) broken.push('a result of a revoked session was released');
  client.close();
  const log = aftermath(await context.events.query({ session: session.id }), session.id);
  if (log.after.length + log.open > 0) broken.push('the log has calls after the revocation');
  if (!(await verifyAudit(context, [], () => {})).ok) broken.push('the log does not verify');
  return { injected: injectedIn(output), calls: 2, refused: isRevoked ? 2 : 1, broken };
}

/**
 * Calls while the disk fails for good under a broker that alone has its state open, and kills it: the
 * next one recovers the WAL with whatever was written to it and never synced.
 */
export async function killOnFailingDisk(fault: DiskFault): Promise<FailedDisk> {
  const home = new Home();
  const answers = new Map<string, Answer | undefined>();
  try {
    const { pid, port, end } = await home.serve({ env: ONE_SYNC_THREAD });
    // By the command: nothing of this process may have the database open.
    const { stdout } = await home.run(['session', 'open', '--subject', 'alice']);
    const client = new HttpClient(port, stdout.trim());
    const call = async (nonce: string) =>
      answers.set(nonce, await client.askByStatus(callOf(nonce, 's__echo')));
    await call('before');
    const tracing = await failUnder(home, pid, { ...fault, isLasting: true });
    for (const nonce of ['a', 'b', 'c']) await call(nonce);
    const injected = tracing.injected();
    client.close();
    await end('SIGKILL');
    await tracing.detach();

    return { ...(await onMendedDisk(home, answers)), injected };
  } finally {
    await home.remove();
  }
}

/** Starts a broker on the mended disk, which must serve, and judges what the others left behind. */
async function onMendedDisk(
  home: Home,
  answers: Map<string, Answer | undefined>,
): Promise<Omit<FailedDisk, 'injected'>> {
  const next = await home.serve();
  answers.set('mended', await callOnce(home, next.port, 'mended'));
  await next.end('SIGTERM');
  const { context } = await home.state();
  const broken = [...compare(await context.events.query({}), answers, reachedCalls(home))];
  if (!isResult(answers.get('mended'))) broken.push('service did not resume');
  const { ok, openIntents } = await verifyAudit(context, [], () => {});
  if (!ok) broken.push('the log does not verify');
  if (openIntents > 0) broken.push('a call was left open');
  const refused = [...answers.values()].filter((answer) => !isResult(answer)).length;
  return { calls: answers.size, refused, broken };
}
