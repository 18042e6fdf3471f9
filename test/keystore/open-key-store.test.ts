import { spawn } from 'node:child_process';
import { createPublicKey, sign, verify } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calculateJwkThumbprint, importJWK, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { openKeyStore } from '../../src/keystore/open-key-store.ts';
import { tempState } from './temp-state.ts';

const uid = process.getuid?.();
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);
const coded = (code: string) => expect.objectContaining({ code });

describe('openKeyStore', () => {
  it('makes nothing by being opened or asked for an unknown key: it leaves no file', async () => {
    const state = tempState();
    expect(await openKeyStore(state).findSessionKey('none')).toBeUndefined();
    expect(() => statSync(state.stateDir)).toThrow();
  });

  it('makes a session key on first use and keeps it: it is the same when opened anew', async () => {
    const state = tempState();
    const key = await openKeyStore(state).sessionKey();
    expect(await openKeyStore(state).sessionKey()).toEqual(key);
    expect(await openKeyStore(state).findSessionKey(key.kid)).toEqual(key);
    expect(await openKeyStore(state).findSessionKey(`${key.kid}x`)).toBeUndefined();
    expect(key.kid).toBe(await calculateJwkThumbprint(key.publicJwk));
    expect(Object.keys(key.publicJwk)).toEqual(['kty', 'crv', 'x']);
  });

  it('makes keys that sign and verify: it is a pair', async () => {
    const key = await openKeyStore(tempState()).sessionKey();
    const token = await new SignJWT({ sub: 'alice' })
      .setProtectedHeader({ alg: 'EdDSA', kid: key.kid })
      .sign(await importJWK(key.privateJwk, 'EdDSA'));
    const { payload } = await jwtVerify(token, await importJWK(key.publicJwk, 'EdDSA'));
    expect(payload.sub).toBe('alice');
    const bytes = Buffer.from('x');
    const signature = sign(null, bytes, { key: key.privateJwk, format: 'jwk' });
    expect(
      verify(null, bytes, createPublicKey({ key: key.publicJwk, format: 'jwk' }), signature),
    ).toBe(true);
  });

  it('keeps the keys of different uses apart: it gives three', async () => {
    const state = tempState();
    const store = openKeyStore(state);
    const session = await store.sessionKey();
    const checkpoint = await store.checkpointKey();
    const digest = await store.digestKey();
    expect(session.kid).not.toBe(checkpoint.kid);
    expect(await store.findSessionKey(checkpoint.kid)).toBeUndefined();
    expect(digest).toHaveLength(32);
    expect(await openKeyStore(state).digestKey()).toEqual(digest);
    expect(await openKeyStore(state).checkpointKey()).toEqual(checkpoint);
  });

  it('names this broker for good: it is the same when opened anew', async () => {
    const state = tempState();
    const id = await openKeyStore(state).brokerId();
    expect(id).toMatch(/^toolgrant:[0-9a-f]{40}$/);
    expect(await openKeyStore(state).brokerId()).toBe(id);
  });

  it('signs with the newest session key and still finds older ones: it rotates', async () => {
    const state = tempState();
    const store = openKeyStore(state);
    const old = await store.sessionKey();
    const next = await store.rotateSessionKey();
    expect((await openKeyStore(state).sessionKey()).kid).toBe(next.kid);
    expect(await store.findSessionKey(old.kid)).toEqual(old);
    const keys = await store.sessionKeys();
    expect(keys.map(({ kid }) => kid)).toEqual([old.kid, next.kid]);
    expect(keys.every(({ madeAt }) => Number.isSafeInteger(madeAt))).toBe(true);
  });

  it('removes a session key for good, and never the one that signs', async () => {
    const state = tempState();
    const store = openKeyStore(state);
    const old = await store.sessionKey();
    const next = await store.rotateSessionKey();
    for (const kid of [old.kid, old.kid, next.kid]) await store.removeSessionKey(kid);
    expect(await openKeyStore(state).findSessionKey(old.kid)).toBeUndefined();
    expect(await openKeyStore(state).sessionKey()).toEqual(next);
  });

  it('gives each of several rotations at once a key that is whole', async () => {
    const state = tempState();
    await openKeyStore(state).sessionKey();
    const made = await Promise.all([1, 2, 3].map(() => openKeyStore(state).rotateSessionKey()));
    const kept = (await openKeyStore(state).sessionKeys()).map(({ kid }) => kid);
    expect(made.every(({ kid }) => kept.includes(kid))).toBe(true);
  });

  it.skipIf(uid === undefined)(
    'keeps folders 0700 and files 0600 whatever the umask, nothing left over: it is exact',
    async () => {
      const state = tempState();
      const before = process.umask(0);
      try {
        const store = openKeyStore(state);
        await store.sessionKey();
        await store.checkpointKey();
        await store.digestKey();
        await store.brokerId();
      } finally {
        process.umask(before);
      }
      const keys = join(state.stateDir, 'keys');
      expect(readdirSync(keys).sort()).toEqual([
        'checkpoint.json',
        'digest.key',
        'session-0001.json',
      ]);
      expect(readdirSync(state.stateDir).sort()).toEqual(['.gitignore', 'broker-id', 'keys']);
      expect([mode(state.stateDir), mode(keys)]).toEqual(['700', '700']);
      expect(readdirSync(keys).map((name) => mode(join(keys, name)))).toEqual([
        '600',
        '600',
        '600',
      ]);
      expect(mode(join(state.stateDir, 'broker-id'))).toBe('600');
      expect(readFileSync(join(state.stateDir, '.gitignore'), 'utf8')).toBe('*\n');
    },
  );
});

describe.skipIf(uid === undefined)('openKeyStore, unsafe files (S7)', () => {
  async function ready() {
    const state = tempState();
    const store = openKeyStore(state);
    const key = await store.sessionKey();
    return { ...state, store, key, path: join(state.stateDir, 'keys/session-0001.json') };
  }

  it('refuses a key others can read, at the next read: it names path, mode and remedy', async () => {
    const { store, path, key } = await ready();
    chmodSync(path, 0o640);
    const refusal = {
      code: 'ERR_STATE_UNSAFE',
      message: `${path} is open to others (mode 0640)`,
      hint: `chmod go-rwx ${path}`,
    };
    await expect(store.sessionKey()).rejects.toMatchObject(refusal);
    await expect(store.findSessionKey(key.kid)).rejects.toMatchObject(refusal);
  });

  it('refuses a key that is a link: it does not follow', async () => {
    const { store, path } = await ready();
    renameSync(path, `${path}.moved`);
    symlinkSync(`${path}.moved`, path);
    await expect(store.sessionKey()).rejects.toEqual(coded('ERR_STATE_UNSAFE'));
  });

  it.runIf(uid === 0)("refuses another user's key: it names both", async () => {
    const { store, path } = await ready();
    chownSync(path, 4321, 4321);
    await expect(store.sessionKey()).rejects.toMatchObject({
      message: `${path} belongs to user 4321, not to 0`,
    });
  });

  it('refuses to put keys where others can look: it does not repair the folder', async () => {
    const state = tempState();
    mkdirSync(state.stateDir);
    chmodSync(state.stateDir, 0o755);
    await expect(openKeyStore(state).sessionKey()).rejects.toEqual(coded('ERR_STATE_UNSAFE'));
    expect(mode(state.stateDir)).toBe('755');
  });

  it.each([
    ['empty', () => ''],
    ['cut', (text: string) => text.slice(0, -20)],
    ['of another kind', () => '{"kty":"oct","k":"AAAA","kid":"x"}'],
    ['with another id', (text: string) => text.replace(/"kid":"./, '"kid":"_')],
    [
      'with a public half of another key',
      (text: string) => text.replace(/"x":"[^"]*"/, `"x":"${'A'.repeat(43)}"`),
    ],
    ['without a private half', (text: string) => text.replace(/"d":"[^"]*",/, '')],
  ])(
    'refuses a key file that is %s and shows nothing of it: it is ERR_STORE_CORRUPT',
    async (_, change) => {
      const { store, path, key } = await ready();
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, change(text));
      expect(change(text)).not.toBe(text);
      const error = await store.sessionKey().catch((thrown: unknown) => thrown);
      expect(error).toEqual(coded('ERR_STORE_CORRUPT'));
      expect(`${(error as Error).stack}${JSON.stringify(error)}`).not.toContain(key.privateJwk.d);
      expect((error as Error).cause).toBeUndefined();
    },
  );

  it('refuses a digest key of the wrong length: it is ERR_STORE_CORRUPT', async () => {
    const { store, stateDir } = await ready();
    writeFileSync(join(stateDir, 'keys/digest.key'), 'short', { mode: 0o600 });
    await expect(store.digestKey()).rejects.toEqual(coded('ERR_STORE_CORRUPT'));
  });
});

describe('openKeyStore, several processes', () => {
  it('makes each key once however many start at the same moment: it gives all the same', async () => {
    const state = tempState();
    const module = fileURLToPath(new URL('../../src/keystore/open-key-store.ts', import.meta.url));
    const script = `
      import { randomBytes } from 'node:crypto';
      const { openKeyStore } = await import(${JSON.stringify(module)});
      process.stdin.once('data', async () => {
        const store = openKeyStore({ stateDir: process.argv[1], uid: process.getuid?.(), entropy: randomBytes });
        const [key, id, digest] = await Promise.all([store.sessionKey(), store.brokerId(), store.digestKey()]);
        process.stdout.write(JSON.stringify([key.kid, id, Buffer.from(digest).toString('hex')]));
        process.exit(0);
      });
      process.stdout.write('ready ');
    `;
    const processes = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, state.stateDir], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let output = '';
      let tellReady = () => {};
      const ready = new Promise<void>((resolve) => {
        tellReady = resolve;
      });
      child.stdout.on('data', (chunk) => {
        output += chunk;
        tellReady();
      });
      const done = new Promise<string>((resolve) => child.on('close', () => resolve(output)));
      return { child, ready, done };
    });
    await Promise.all(processes.map(({ ready }) => ready));
    for (const { child } of processes) child.stdin.write('go');
    const answers = await Promise.all(processes.map(({ done }) => done));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^ready \["[\w-]{43}","toolgrant:[0-9a-f]{40}","[0-9a-f]{64}"\]$/);
    expect(readdirSync(join(state.stateDir, 'keys')).sort()).toEqual([
      'digest.key',
      'session-0001.json',
    ]);
  });
});
