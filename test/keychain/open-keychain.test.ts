import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openKeychain } from '../../src/keychain/open-keychain.ts';

/** A keychain whose process runs `source` instead of ours. */
function answeredBy(source: string, waitMs = 20_000, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tg-keychain-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(folder, 'answer.mjs');
  writeFileSync(script, source);
  return openKeychain({ env, uid: process.getuid?.(), waitMs, script });
}

/** Answers with the question and what its process was given. */
const ECHO = `import { readFileSync } from 'node:fs';
const question = readFileSync(0, 'utf8');
const value = { question, argv: process.argv.slice(2).join(' '), env: JSON.stringify(process.env) };
process.stdout.write(JSON.stringify({ ok: true, value }));`;

describe('openKeychain', () => {
  it('asks over standard input alone: no secret is an argument or a variable', () => {
    const keychain = answeredBy(ECHO, 20_000, { NODE_OPTIONS: '--no-warnings', HOME: '/h' });
    const seen = keychain.read(['a', 'b']);
    expect(seen.ok && Object.fromEntries(seen.value)).toMatchObject({
      question: '{"ask":"read","names":["a","b"]}',
      argv: '',
      env: expect.not.stringContaining('NODE_OPTIONS'),
    });
  });

  it.each([
    ['hangs', 'setInterval(() => {}, 1000)', 300, 'it did not answer within 1 s'],
    ['fails', 'process.exit(3)', 20_000, 'the process that asks it ended without an answer'],
    [
      'crashes',
      "process.kill(process.pid, 'SIGKILL')",
      20_000,
      'the process that asks it ended without an answer',
    ],
    ['babbles', "console.log('{')", 20_000, 'the process that asks it gave no answer'],
    ['is empty', "console.log('null')", 20_000, 'unknown'],
  ])('says why there is no answer where its process %s', (_, source, waitMs, why) => {
    expect(answeredBy(source, waitMs).write('a', 'value')).toEqual({ ok: false, why });
  });

  it.runIf(process.platform === 'linux')(
    'keeps nothing where there is no Secret Service: the kernel forgets at the next start',
    () => {
      const bus = 'unix:path=/nonexistent/bus';
      const keychain = openKeychain({ env: { DBUS_SESSION_BUS_ADDRESS: bus }, uid: undefined });
      const why = 'no Secret Service runs in this session';
      expect(keychain.write('tg-test', 'keychain-canary-9a41')).toEqual({ ok: false, why });
      expect(keychain.read(['tg-test'])).toEqual({ ok: false, why });
    },
  );
});
