import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PINS, PLAIN, type SeededSecrets, seedSecrets } from '../support/live/seeded-secrets.ts';
import { SECRET_FORMS, SECRET_PLACES, tellingParts } from '../support/secret-forms.ts';

/** Every form at every place once; `npm run torture` has forty times as many. */
const SECRETS = SECRET_FORMS.length * SECRET_PLACES.length;

let sent: SeededSecrets;
beforeAll(async () => {
  sent = await seedSecrets(SECRETS);
}, 60_000);
afterAll(() => sent?.remove());

describe('S31 seeded secrets', () => {
  it('would be found, each of them', () => {
    // A few have no telling part of their own: chance put a sign in their middle.
    const telling = sent.secrets.filter((secret) => tellingParts(secret).length > 0);
    expect(telling.length).toBeGreaterThan(SECRETS * 0.99);
    const all = [...telling, ...PLAIN, ...PINS.map(String)];
    expect(new Set(sent.found(all.join('\n')))).toEqual(new Set(all));
  });

  it('stay out of the log while every call is in it, by a digest that only this state can make', () => {
    const calls = sent.events.filter(({ code }) => code === 'TG1001');
    expect(calls).toHaveLength(SECRETS + 2 * PLAIN.length);
    expect(calls.every(({ argsHmac, args }) => argsHmac !== undefined && args !== undefined)).toBe(
      true,
    );
    const text = JSON.stringify(sent.events);
    const hashes = PINS.map((pin) =>
      createHash('sha256')
        .update(JSON.stringify({ nonce: '', otp: [pin], pin }))
        .digest('hex'),
    );
    expect(hashes.filter((hash) => text.includes(hash))).toEqual([]);
    expect(sent.found(text)).toEqual([]);
  });

  it('stay out of what the command line prints', () => {
    expect(sent.printed[0]).toContain('TG1002');
    expect(sent.found(sent.printed.join('\n'))).toEqual([]);
  });

  it('stay out of every log line, file and page of the state', () => {
    expect(sent.found(sent.logged)).toEqual([]);
    expect([...sent.files.keys()].some((file) => file.endsWith('toolgrant.db'))).toBe(true);
    for (const [file, text] of sent.files) expect([file, sent.found(text)]).toEqual([file, []]);
  });
});
