import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ref } from '../config/temp-config.ts';
import { expectDiscreet, expectError } from '../support/cli/expect-error.ts';
import { Place, removePlaces, SET_SECRET, WRITTEN_SECRET } from '../support/cli/place.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { fakeSecrets } from '../support/fakes/fake-secrets.ts';

afterAll(removePlaces);
/** No keychain to be found, whatever the machine has. */
const NO_BUS = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' };

describe('secret set', () => {
  it('asks on a terminal without showing, and records the name before anything is stored', async () => {
    const asked: string[] = [];
    const cli = fakeCli({
      isTerminal: { stdin: true, stdout: true, stderr: true },
      askHidden: async (question) => {
        asked.push(question);
        return SET_SECRET;
      },
    });
    const { code, stdout, stderr } = await cli.run('secret', 'set', 'github');
    expect({ code, stdout, asked }).toEqual({
      code: 0,
      stdout: `${ref('keychain:github')}\n`,
      asked: ['github (not shown):'],
    });
    expect(stderr).not.toContain(SET_SECRET);
    expect(cli.secrets.held.get('github')).toBe(SET_SECRET);
    expect(cli.state.events.map(({ code, detail }) => [code, detail])).toEqual([
      ['TG6003', { secret: 'github' }],
    ]);
  });

  it('stores nothing when the person ends the question', async () => {
    const cli = fakeCli({
      isTerminal: { stdin: true, stdout: true, stderr: true },
      askHidden: async () => undefined,
    });
    const { code, stderr } = await cli.run('secret', 'set', 'github');
    expect([code, stderr, cli.secrets.held.size, cli.state.events.length]).toEqual([
      2,
      'error: no secret was given\nhint: nothing was stored\n',
      0,
      0,
    ]);
  });

  it('takes the value from standard input, without the line break at its end', async () => {
    const cli = fakeCli({ readStdin: async () => 'one\ntwo\n' });
    const { stdout } = await cli.run('secret', 'set', 'key', '--json');
    expect([JSON.parse(stdout), cli.secrets.held.get('key')]).toEqual([
      { name: 'key', place: 'keychain', reference: ref('keychain:key') },
      'one\ntwo',
    ]);
  });

  it('takes no value as an argument, and does not repeat it', async () => {
    const { code, stderr } = await fakeCli().run('secret', 'set', 'key', SET_SECRET);
    expect(code).toBe(2);
    expect(stderr).not.toContain(SET_SECRET);
  });
});

describe('secret list and remove', () => {
  it('list names, places and what uses them', async () => {
    const secrets = fakeSecrets();
    const cli = fakeCli({ secretPlaceAt: () => secrets });
    secrets.held.set('github', SET_SECRET);
    secrets.filed.set('linear', WRITTEN_SECRET);
    const { stdout } = await cli.run('secret', 'list', '--json');
    expect(JSON.parse(stdout)).toEqual([
      { name: 'linear', inKeychain: false, file: '/conf/secrets/linear', usedBy: [] },
    ]);
  });

  it('say that the keychain cannot be asked, rather than that it is empty', async () => {
    const secrets = fakeSecrets({ why: 'no bus' });
    secrets.filed.set('linear', WRITTEN_SECRET);
    const cli = fakeCli({ secretPlaceAt: () => secrets });
    const { stdout, stderr } = await cli.run('secret', 'list');
    expect(stdout).toMatch(/linear +unknown/);
    expect(stderr).toBe('warning: the keychain cannot be asked: no bus\n');
  });

  it('remove from both places, recorded; a name that neither holds is not found', async () => {
    const cli = fakeCli();
    cli.secrets.held.set('github', 'value-1');
    cli.secrets.filed.set('github', 'value-1');
    expect((await cli.run('secret', 'remove', 'github')).stdout).toBe(
      'removed github from the keychain and /conf/secrets/github\n',
    );
    expect([cli.secrets.held.size, cli.secrets.filed.size]).toEqual([0, 0]);
    expect((await cli.run('secret', 'remove', 'github')).code).toBe(5);
    expect(cli.state.events.map(({ code }) => code)).toEqual(['TG6004', 'TG6004']);
  });
});

describe.runIf(process.platform === 'linux')('the built product without a keychain', () => {
  it('keeps a secret in a private file that a reference finds, and refuses one others can read', async () => {
    const place = new Place();
    place.writeConfig({
      mcpServers: { s: { command: 'true', env: { KEY: ref('keychain:canary') } } },
    });
    const running = { env: NO_BUS };
    expectError(
      await place.run(['grant', 'list'], running),
      3,
      'error: mcpServers.s.env.KEY: keychain:canary cannot be read: ',
      'secret set canary --file` prints the reference to write instead',
    );
    const set = await place.run(['secret', 'set', 'canary'], { ...running, input: SET_SECRET });
    expectDiscreet(set);
    const path = join(place.dir, 'secrets', 'canary');
    expect([set.code, set.stdout]).toEqual([0, `${ref(`file:${path}`)}\n`]);
    expect(readFileSync(path, 'utf8')).toBe(`${SET_SECRET}\n`);
    place.writeConfig({ mcpServers: { s: { command: 'true', env: { KEY: set.stdout.trim() } } } });
    expect((await place.run(['grant', 'list'], running)).code).toBe(0);
    expect(place.held().codes).toContain('TG6003');
    chmodSync(path, 0o640);
    expectError(
      await place.run(['grant', 'list'], running),
      3,
      `error: ${path} is open to others (mode 0640)`,
      `chmod go-rwx ${path}`,
    );
    chmodSync(path, 0o600);
    await place.run(['secret', 'remove', 'canary'], running);
    expect(existsSync(path)).toBe(false);
  });
});
