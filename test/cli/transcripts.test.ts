import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathWithToolgrant, settled } from '../support/cli/installed.ts';
import { configOf, Place, removePlaces } from '../support/cli/place.ts';
import { hasTerminal, runInTerminal, type Typing } from '../support/cli/pty.ts';

const SERVER = fileURLToPath(new URL('../support/tool-servers/recorder.mjs', import.meta.url));
const asks = (type: string): readonly Typing[] => [{ at: '[y/N]', type }];

// Where there is no Python, the questions themselves are shown by the tests of each command.
describe.skipIf(!hasTerminal)('what a person sees in a terminal', () => {
  let place: Place;
  let env: Readonly<Record<string, string>>;
  beforeAll(() => {
    place = new Place();
    const s = { command: process.execPath, args: [SERVER, `${place.dir}/journal`] };
    place.writeConfig(configOf({ mcpServers: { s } }));
    env = { PATH: pathWithToolgrant(place.dir), HOME: place.dir, TOOLGRANT_CONFIG: place.config };
  });
  afterAll(removePlaces);

  async function transcript(line: string, typing: readonly Typing[] = []): Promise<string> {
    const words = ['sh', '-c', `exec ${line}`];
    const { code, screen } = await runInTerminal(words, { env, cwd: place.dir, typing });
    return `$ ${line}\n${settled(screen, { [place.dir]: '~' })}\n[${code}]`;
  }

  it('is asked before rights widen, and told when they did not', async () => {
    expect(await transcript('toolgrant grant apply', asks('\r'))).toBe(`$ toolgrant grant apply
alice-s: new (grants/alice-s.yaml)
  + permit s/*
apply this? [y/N]
error: not applied
[1]`);
    expect(await transcript('toolgrant grant apply', asks('\x03'))).toContain('error: not applied');
  });

  it('is asked before rights widen, and told what is next', async () => {
    expect(await transcript('toolgrant grant apply', asks('y\r'))).toBe(`$ toolgrant grant apply
alice-s: new (grants/alice-s.yaml)
  + permit s/*
apply this? [y/N] y
applied 1 grant
in force now for alice: what s will offer, until <time>
next: toolgrant grant list
[0]`);
  });

  it('gets the token of a session once, and the command that ends it', async () => {
    expect(
      await transcript('toolgrant session open --subject alice --ttl 1h'),
    ).toBe(`$ toolgrant session open --subject alice --ttl 1h
<token>
session ses_… of alice, until <time>; the token is shown once
next: toolgrant session revoke ses_…
[0]`);
  });

  it('sees a grant before it is written', async () => {
    expect(
      await transcript("toolgrant grant create bob --permit 's/e*' --ttl 8h --dry-run"),
    ).toBe(`$ toolgrant grant create bob --permit 's/e*' --ttl 8h --dry-run
$schema: ../schema/grant.schema.json
id: bob-s
subject: bob
purpose: not stated
expires: <time>
rules:
  - permit: s/e*
nothing was written; this would be grants/bob-s.yaml
[0]`);
  });

  it('sees definitions before they are approved; no means no, yes means yes', async () => {
    const shown = `$ toolgrant tools approve s
new  echo
  + /name: "echo"
  + /inputSchema: {"type":"object"}
new  say
  + /name: "say"
  + /inputSchema: {"type":"object"}
approve these definitions of s? [y/N]`;
    expect(await transcript('toolgrant tools approve s', asks('n\r'))).toBe(`${shown} n
error: not approved
[1]`);
    expect(await transcript('toolgrant tools approve s', asks('yes\r'))).toBe(`${shown} yes
s: approved as it is now
0 of 0 brokers, <n> ms, 0 calls cancelled
mcp.lock.json is written: review and commit it
next: toolgrant tools list
[0]`);
  });

  it('follows the audit until Ctrl-C', async () => {
    const isThere: Typing = { at: 'audit tail', type: '\x03' };
    expect(
      await transcript('toolgrant audit tail -n 3 -f', [isThere]),
    ).toBe(`$ toolgrant audit tail -n 3 -f
SEQ  AT  EVENT  SUBJECT  WHAT  RESULT  RULE
2  <time>  TG2002 session.opened  alice  ses_…  -  -
3  <time>  TG4003 catalog.approved  -  s  -  -
4  <time>  TG6001 admin.command  -  uid <n>: audit tail  -  -
^C
[0]`);
  });
});
