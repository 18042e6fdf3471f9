import { generateKeyPairSync } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { drainStderr, readable } from '../../src/mcp-client/stderr-drain.ts';

const SECRET = 'canary+9f1c/Zk3&7Qw$Lp2';
const PEM = generateKeyPairSync('ed25519').privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
/** Longest line that is kept. */
const LINE_BYTES = 2_048;

/** What is logged of a tool server that writes these pieces to its standard error. */
async function logged(secrets: readonly string[], ...writes: readonly string[]): Promise<string> {
  const stderr = new PassThrough();
  const lines: string[] = [];
  drainStderr(stderr, {
    timers: { after: () => () => undefined },
    secrets,
    log: (line) => lines.push(line),
  });
  for (const text of writes) stderr.write(text);
  stderr.end();
  await new Promise((resolve) => stderr.on('close', resolve));
  return lines.join('\n');
}

/** How much of the secret's beginning can be read in a text, beside what stands for it. */
const shownOf = (secret: string, text: string): number => {
  const rest = text.replaceAll('[redacted:known]', '');
  let length = 0;
  while (length < secret.length && rest.includes(secret.slice(0, length + 1))) length += 1;
  return length;
};

describe('S2 a tool server’s credential on its standard error', () => {
  it.each([
    ['plain', SECRET],
    ['base64', Buffer.from(SECRET).toString('base64')],
    ['base64url in a longer one', Buffer.from(`user:${SECRET}`).toString('base64url')],
    ['percent', encodeURIComponent(SECRET)],
    ['JSON', JSON.stringify({ SECRET })],
  ])('is not logged in %s form', async (_, form) => {
    const text = await logged([SECRET], `before ${form} after\n`);
    expect(text).toMatch(/^before .*\[redacted:known\].* after$/);
    expect(shownOf(SECRET, text)).toBeLessThan(3);
  });

  it('is not logged when it comes in two writes, wherever they part', async () => {
    for (let at = 1; at < SECRET.length; at += 1) {
      const text = await logged([SECRET], `key ${SECRET.slice(0, at)}`, `${SECRET.slice(at)}\n`);
      expect(text).toBe('key [redacted:known]');
    }
  });

  it('does not show its beginning where a long line is cut', async () => {
    for (let room = 0; room <= SECRET.length; room += 1) {
      const filler = 'x'.repeat(LINE_BYTES - room);
      const text = await logged([SECRET], `${filler}${SECRET}${'y'.repeat(9_000)}\n`);
      expect(shownOf(SECRET, text.replaceAll('x', ''))).toBe(0);
    }
  });

  it('does not show its beginning after others made the line shorter', async () => {
    const many = `${SECRET} `.repeat(400);
    const text = await logged([SECRET], `${many}\n`);
    expect(text.replaceAll('[redacted:known]', '').trim()).toBe('');
  });

  it.each([
    ['an Ed25519 key', PEM],
    ['an RSA key', RSA],
  ])('is not logged line by line: %s', async (_, pem) => {
    const body = pem.split('\n').filter((line) => line.length >= 16 && !line.startsWith('-'));
    expect(body.length).toBeGreaterThan(0);
    for (const written of [pem, pem.replaceAll('\n', '\r\n'), JSON.stringify(pem)]) {
      const text = await logged([pem], `${written}\n`);
      for (const line of body) expect(text).not.toContain(line);
    }
    const escaped = await logged([JSON.stringify({ key: pem })], pem);
    for (const line of body) expect(escaped).not.toContain(line);
  });

  it('is not logged from standard output that is not JSON-RPC, where it is cut', () => {
    for (let room = 0; room <= SECRET.length; room += 1) {
      const line = Buffer.from(`${'x'.repeat(200 - room)}${SECRET}`);
      expect(shownOf(SECRET, readable(line, 200, [SECRET]).replaceAll('x', ''))).toBe(0);
    }
  });

  it('is found around characters people cannot see', async () => {
    const odd = 'canary\u200bwith\u0007controls';
    expect(await logged([odd], `a ${odd} b\n`)).toBe('a [redacted:known] b');
  });
});
