import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../src/domain/errors.ts';
import type { LogLevel } from '../../src/domain/log.ts';
import { createLogger } from '../../src/log/create-logger.ts';
import { linesForPeople } from '../../src/log/lines-for-people.ts';
import { runs } from '../support/runs.ts';

const SECRET = 'canary/s3cret+"x"';

function logger(options: { level?: LogLevel; isTerminal?: boolean; hasColour?: boolean } = {}) {
  const lines: string[] = [];
  const log = createLogger({
    level: options.level ?? 'info',
    ...(options.isTerminal ? { format: linesForPeople(options.hasColour ?? false) } : {}),
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    secrets: [SECRET],
    write: (line) => lines.push(line),
  });
  return { log, lines };
}

describe('createLogger', () => {
  it('writes one JSON line with the injected time: it is exact', () => {
    const { log, lines } = logger();
    log.warn({ server: 'files', count: 2 }, 'server closed');
    expect(lines).toEqual([
      `{"level":"warn","time":"2026-01-02T03:04:05.006Z","pid":${process.pid},"server":"files","count":2,"msg":"server closed"}\n`,
    ]);
  });

  it('writes one readable line on a terminal: it has no colour unless told', () => {
    const { log, lines } = logger({ isTerminal: true });
    log.error({ server: 'files' }, 'server closed');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\[\d\d:04:05\.006\] ERROR: server closed \{"server":"files"\}\n$/);
  });

  it('keeps quiet below its level: it writes only what is above', () => {
    const { log, lines } = logger({ level: 'error' });
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({}, 'c');
    log.error({}, 'd');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['d']);
  });

  it('says nothing at all when silent: it is empty', () => {
    const { log, lines } = logger({ level: 'silent' });
    log.error({}, 'd');
    expect(lines).toEqual([]);
  });

  it.each([
    ['plain', SECRET],
    ['percent', encodeURIComponent(SECRET)],
    ['percent in lower case', encodeURIComponent(SECRET).toLowerCase()],
    ['base64', Buffer.from(SECRET).toString('base64')],
    ['base64 of a basic credential', Buffer.from(`user:${SECRET}:more`).toString('base64')],
    ['base64url at another offset', Buffer.from(`u:${SECRET}`).toString('base64url')],
    ['JSON', JSON.stringify({ k: SECRET })],
  ])('scrubs a known secret in %s form, wherever it stands: it is absent', (_, form) => {
    const { log, lines } = logger();
    log.info({ a: form, [form]: [form, { b: form }] }, `said ${form} aloud`);
    log.error({ error: new Error(form, { cause: new Error(form) }) }, 'failed');
    const text = lines.join('');
    expect(lines).toHaveLength(2);
    expect(text).toContain('[redacted:known]');
    expect(text).not.toContain(form);
    expect(text).not.toContain('canary');
  });

  it('scrubs a secret learnt later: it is absent from then on', () => {
    const { log, lines } = logger();
    log.learnSecrets(['learnt-later']);
    log.info({}, 'x learnt-later y');
    expect(JSON.parse(lines[0] ?? '').msg).toBe('x [redacted:known] y');
  });

  it.each([
    ['eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl'],
    ['Bearer abcdef123456'],
    ['ghp_0123456789abcdefghij'],
    ['github_pat_0123456789abcdefghij'],
    ['sk-proj-0123456789abcdefghij'],
    ['xoxb-0123456789-abcdefghij'],
    ['AKIAIOSFODNN7EXAMPLE'],
    ['-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ\n'],
  ])('scrubs what looks like a credential (%s): it is absent', (credential) => {
    const { log, lines } = logger();
    log.info({ note: `x ${credential} y` }, `x ${credential} y`);
    expect(lines[0]).not.toContain(credential.slice(-12).trim());
    expect(lines[0]).toContain('[redacted]');
  });

  it('scrubs a password in an address: it leaves the host', () => {
    const { log, lines } = logger();
    log.info({}, 'dialling https://u:pw-canary@example.com/mcp');
    expect(JSON.parse(lines[0] ?? '').msg).toBe('dialling https://[redacted]@example.com/mcp');
  });

  it('replaces values under keys that name credentials: it keeps ids', () => {
    const { log, lines } = logger();
    log.info({ token: 'x', headers: { Authorization: 'y' }, api_key: 7, session: 'ses_1' }, 'm');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      token: '[redacted]',
      headers: { Authorization: '[redacted]' },
      api_key: '[redacted]',
      session: 'ses_1',
    });
  });

  it('writes an error out, its causes too: it keeps code and frames', () => {
    const { log, lines } = logger();
    const error = new BrokerError('ERR_CONFIG', 'outer', { cause: new TypeError('inner') });
    log.error({ error }, 'failed');
    expect(JSON.parse(lines[0] ?? '').error).toMatchObject({
      name: 'BrokerError',
      code: 'ERR_CONFIG',
      message: 'outer',
      stack: expect.arrayContaining([expect.stringMatching(/^at /)]),
      cause: { name: 'TypeError', message: 'inner' },
    });
  });

  it.each([false, true])(
    'escapes what breaks lines or drives a terminal (S32, terminal: %s): it is one line',
    (isTerminal) => {
      const { log, lines } = logger({ isTerminal });
      const evil = 'a\r\nb\u001b[31m\u009b\u202e\u2066\u200b\u2028\u{e0041}c';
      log.info({ [evil]: evil }, evil);
      expect(lines).toHaveLength(1);
      const seen = [...(lines[0]?.slice(0, -1) ?? '')];
      expect(seen.filter((character) => !/^[\x20-\x7e]$/.test(character))).toEqual([]);
      expect(lines[0]).toContain('u001b[31m');
    },
  );

  it('lets no field pass itself off as level, time or message: it renames them', () => {
    const { log, lines } = logger();
    log.info({ level: 'error', time: 0, pid: 1, msg: 'other' }, 'true');
    expect(lines[0]?.match(/"msg":/g)).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      msg: 'true',
      level_: 'error',
      msg_: 'other',
    });
  });

  it('interpolates nothing: it writes placeholders as they are', () => {
    const { log, lines } = logger();
    log.info({}, '%s %o %%');
    expect(JSON.parse(lines[0] ?? '').msg).toBe('%s %o %%');
  });

  it('survives cycles, depth, getters that throw, and length: it still writes or stays silent', () => {
    const { log, lines } = logger();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    log.info({ cycle, long: 'x'.repeat(100_000), f: () => 1, big: 1n }, 'm');
    const broken = {
      get a(): never {
        throw new Error('no');
      },
    };
    expect(() => log.info(broken, 'm')).not.toThrow();
    expect(lines[0]?.length).toBeLessThan(6000);
  });

  it('does not throw when nobody can be told: it loses the line', () => {
    const log = createLogger({
      level: 'info',
      now: () => 0,
      write: () => {
        throw new Error('EPIPE');
      },
    });
    expect(() => log.info({}, 'm')).not.toThrow();
  });

  it('shows no part of a secret that stands where a very long text is cut: it is absent', () => {
    const { log, lines } = logger();
    const begin = '-----BEGIN PRIVATE KEY-----';
    for (let room = 1; room < SECRET.length; room += 1) {
      // One replacement takes all that stands before: what is cut moves to the beginning.
      const lead = `${begin}${'A'.repeat(65_536 - room - begin.length - 1)}-`;
      log.info({}, `${lead}${SECRET}${'y'.repeat(100_000)}`);
    }
    expect(lines).toHaveLength(SECRET.length - 1);
    expect(lines.join('')).not.toContain('-c');
  });

  it('never leaks a known secret, whatever surrounds it: it is absent', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9/+_=-]{12,40}$/),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const lines: string[] = [];
          const log = createLogger({
            level: 'info',
            now: () => 0,
            secrets: [secret],
            write: (line) => lines.push(line),
          });
          const text = before + secret + after;
          log.info({ a: text, b: Buffer.from(text).toString('base64') }, text);
          expect(lines[0]).not.toContain(secret);
          const encoded = String(JSON.parse(lines[0] ?? '').b);
          for (const part of encoded.split(/\[redacted(?::known)?\]/)) {
            expect(Buffer.from(part, 'base64').toString('latin1')).not.toContain(secret);
          }
        },
      ),
      runs(),
    );
  });
});
