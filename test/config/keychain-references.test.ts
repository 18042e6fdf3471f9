import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { fakeSecrets } from '../support/fakes/fake-secrets.ts';
import { ref, thrownBy, writeConfig } from './temp-config.ts';

const ENV = { PATH: '/usr/bin' };
const CANARY = 'keychain-canary-5d0b77';
const github = (reference: string) => ({
  mcpServers: {
    files: { command: 'a', args: ['--key', ref('keychain:other')] },
    github: { command: 'a', env: { GITHUB: `Bearer ${ref(reference)}` } },
    off: { command: 'a', disabled: true, env: { K: ref('keychain:nowhere') } },
  },
});

describe('references to the keychain', () => {
  it('are resolved and remembered as secrets, all by one question: no click is asked for twice', () => {
    const { keychain, held, asked } = fakeSecrets();
    held.set('github', CANARY).set('other', 'another-canary');
    const loaded = loadConfig(writeConfig(github('keychain:github')), ENV, { keychain });
    expect({
      env: loaded.specs.map((spec) => (spec.kind === 'stdio' ? spec.env.GITHUB : undefined)),
      args: loaded.specs.map((spec) => (spec.kind === 'stdio' ? spec.args : undefined)),
      secrets: loaded.secrets,
      references: loaded.keychainReferences,
      asked,
    }).toEqual({
      env: [undefined, `Bearer ${CANARY}`],
      args: [['--key', 'another-canary'], []],
      secrets: [CANARY, 'another-canary'],
      references: [
        { name: 'other', key: 'mcpServers.files.args[1]' },
        { name: 'github', key: 'mcpServers.github.env.GITHUB' },
        { name: 'nowhere', key: 'mcpServers.off.env.K' },
      ],
      asked: ['read other github nowhere'],
    });
  });

  it('leave a configuration without them alone: the keychain is not asked', () => {
    const { keychain, asked } = fakeSecrets();
    loadConfig(writeConfig({ mcpServers: { a: { command: 'a' } } }), ENV, { keychain });
    expect(asked).toEqual([]);
  });

  it.each([
    [
      'holds no such name',
      fakeSecrets(),
      'keychain:github',
      'mcpServers.github.env.GITHUB: the keychain holds no github',
      'store it: `toolgrant secret set github`',
    ],
    [
      'cannot be asked',
      fakeSecrets({ why: 'no bus' }),
      'keychain:github',
      'mcpServers.github.env.GITHUB: keychain:github cannot be read: no bus',
      expect.stringContaining('`toolgrant secret set github --file`'),
    ],
    [
      'could not have the name',
      fakeSecrets(),
      'keychain:../github',
      'mcpServers.github.env.GITHUB: keychain:../github is not a name a secret can have',
      'letters, digits, _ . and -, at most 64',
    ],
  ])(
    'are an error that names the key where the keychain %s',
    (_, secrets, reference, message, hint) => {
      const config = { mcpServers: { github: github(reference).mcpServers.github } };
      expect(
        thrownBy(() => loadConfig(writeConfig(config), ENV, { keychain: secrets.keychain })),
      ).toEqual({ code: 'ERR_CONFIG', message, hint });
    },
  );

  it('stay unresolved where tool servers are left out: a missing secret can be stored', () => {
    const { keychain, asked } = fakeSecrets({ why: 'no bus' });
    const { specs, keychainReferences } = loadConfig(writeConfig(github('NOT_SET')), ENV, {
      keychain,
      leavesServersOut: true,
    });
    expect({ specs, names: keychainReferences.map(({ name }) => name), asked }).toEqual({
      specs: [],
      names: ['other', 'nowhere'],
      asked: [],
    });
  });
});
