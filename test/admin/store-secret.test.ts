import { describe, expect, it } from 'vitest';
import { storeSecret } from '../../src/admin/store-secret.ts';
import { ref, thrownBy } from '../config/temp-config.ts';
import { fakeSecrets } from '../support/fakes/fake-secrets.ts';

describe('storeSecret', () => {
  it('stores in the keychain where that works: no file holds the secret', () => {
    const secrets = fakeSecrets();
    expect(storeSecret(secrets, 'github', 'value-1')).toEqual({
      reference: ref('keychain:github'),
      place: 'keychain',
    });
    expect([secrets.held.get('github'), secrets.filed.size]).toEqual(['value-1', 0]);
  });

  it('stores in a file where it does not, and says why', () => {
    const secrets = fakeSecrets({ why: 'no bus' });
    expect(storeSecret(secrets, 'github', 'value-1')).toEqual({
      reference: ref('file:/conf/secrets/github'),
      place: 'file',
      whyNoKeychain: 'no bus',
    });
    expect(secrets.filed.get('github')).toBe('value-1');
  });

  it('asks no keychain where a file is wanted', () => {
    const secrets = fakeSecrets();
    expect(storeSecret(secrets, 'github', 'value-1', { inFile: true }).place).toBe('file');
    expect(secrets.asked).toEqual([]);
  });

  it.each(['held', 'filed'] as const)(
    'takes no name that is %s with another value: the secret of another is not lost',
    (where) => {
      const secrets = fakeSecrets();
      secrets[where].set('github', 'value-1');
      expect(thrownBy(() => storeSecret(secrets, 'github', 'value-2'))).toEqual({
        code: 'ERR_USAGE',
        message: 'a secret github is stored already, with another value',
        hint: 'choose another name, or replace it with `toolgrant secret set github`',
      });
      expect(secrets[where].get('github')).toBe('value-1');
      expect(storeSecret(secrets, 'github', 'value-1').reference).toContain('github');
    },
  );

  it.each([
    ['the keychain', ['github'], [], 'keychain'],
    ['a file', [], ['github'], 'file'],
    ['both', ['github'], ['github'], 'keychain'],
  ] as const)(
    'replaces a value in %s, where it is: what refers to it still does',
    (_, held, filed, place) => {
      const secrets = fakeSecrets();
      for (const name of held) secrets.held.set(name, 'value-1');
      for (const name of filed) secrets.filed.set(name, 'value-1');
      const stored = storeSecret(secrets, 'github', 'value-2', { replaces: true });
      expect([stored.place, [...secrets.held.values()], [...secrets.filed.values()]]).toEqual([
        place,
        held.map(() => 'value-2'),
        filed.map(() => 'value-2'),
      ]);
    },
  );

  it('says so when a keychain that holds the name does not take the new value', () => {
    const secrets = fakeSecrets();
    secrets.held.set('github', 'value-1');
    const keychain = { ...secrets.keychain, write: () => ({ ok: false, why: 'locked' }) as const };
    expect(
      thrownBy(() =>
        storeSecret({ ...secrets, keychain }, 'github', 'value-2', { replaces: true }),
      ),
    ).toMatchObject({
      code: 'ERR_STORE_FAILED',
      message: 'the keychain did not take github: locked',
    });
    expect(secrets.filed.size).toBe(0);
  });

  it.each([
    ['../x', 'value', 'not a name a secret can have'],
    ['.hidden', 'value', 'not a name a secret can have'],
    ['a'.repeat(65), 'value', 'not a name a secret can have'],
    ['a', '', 'the secret is empty'],
    ['a', 'x\0y', 'the secret holds a NUL character'],
    ['a', 'x\n', 'the secret ends with a line break'],
    ['a', 'x'.repeat(65_536), 'the secret is larger than 65535 bytes'],
  ])('refuses %j with a value no reference would give back', (name, value, message) => {
    const secrets = fakeSecrets();
    expect(thrownBy(() => storeSecret(secrets, name, value))).toMatchObject({
      code: 'ERR_USAGE',
      message,
    });
    expect(secrets.asked).toEqual([]);
  });
});
