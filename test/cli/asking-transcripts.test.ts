import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathWithToolgrant, settled } from '../support/cli/installed.ts';
import { Place, removePlaces, SET_SECRET } from '../support/cli/place.ts';
import { hasTerminal, runInTerminal, type Typing } from '../support/cli/pty.ts';

// Where there is no Python, the questions themselves are shown by the tests of each command.
describe.skipIf(!hasTerminal)('what a person is asked in a terminal', () => {
  let place: Place;
  let env: Readonly<Record<string, string>>;
  beforeAll(() => {
    place = new Place();
    env = {
      PATH: pathWithToolgrant(place.dir),
      HOME: place.dir,
      TOOLGRANT_CONFIG: place.config,
      // No keychain to be found, whatever the machine has.
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus',
    };
  });
  afterAll(removePlaces);

  async function transcript(line: string, typing: readonly Typing[]): Promise<string> {
    const words = ['sh', '-c', `exec ${line}`];
    const { code, screen } = await runInTerminal(words, { env, cwd: place.dir, typing });
    return `$ ${line}\n${settled(screen, { [place.dir]: '~' })}\n[${code}]`;
  }

  it('types a secret that is not shown', async () => {
    const shown = await transcript('toolgrant secret set canary', [
      { at: 'canary (not shown):', type: `${SET_SECRET}\r` },
    ]);
    expect(shown).not.toContain(SET_SECRET);
    expect(shown).toContain('stored canary in ~/secrets/canary, readable by you alone\n');
    expect(place.files()['secrets/canary']).toMatch(/^600 /);
  });

  it('ends a question with Ctrl-C, and nothing is stored', async () => {
    const shown = await transcript('toolgrant secret set other', [
      { at: 'other (not shown):', type: 'half\x03' },
    ]);
    expect(shown).toMatch(/error: no secret was given\nhint: nothing was stored\n\[2\]$/);
    expect(place.files()['secrets/other']).toBeUndefined();
  });

  it('makes a grant out of answers', async () => {
    expect(
      await transcript('toolgrant grant create bob', [
        { at: 'which:', type: 's/e*\r' },
        { at: 'for how long [8h]:', type: '1h\r' },
        { at: 'what for:', type: 'a look\r' },
        { at: '[y/N]', type: 'y\r' },
      ]),
    ).toBe(`$ toolgrant grant create bob
s was never seen: \`toolgrant tools approve s\`, or write a pattern such as s/*
which: numbers, 2-5, r (all that say they only read), or patterns: s/e*
for how long [8h]: 1h
what for: a look
$schema: ../schema/grant.schema.json
id: bob-s
subject: bob
purpose: a look
expires: <time>
rules:
  - permit: s/e*
write grants/bob-s.yaml and put it in force? [y/N] y
grants/bob-s.yaml: in force until <time>
in force now for bob: what s will offer, until <time>
next: toolgrant connect claude-desktop --subject bob
next: toolgrant session open --subject bob
next: toolgrant grant revoke bob-s
[0]`);
  });
});
