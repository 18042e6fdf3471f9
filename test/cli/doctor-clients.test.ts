import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  copyOf,
  definedEntry,
  type ExaminedPlace,
  soundPlace,
} from '../support/cli/examined-place.ts';
import { expectDiscreet } from '../support/cli/expect-error.ts';
import { removePlaces, WRITTEN_SECRET } from '../support/cli/place.ts';

let sound: ExaminedPlace;
beforeAll(async () => {
  sound = await soundPlace();
});
afterAll(removePlaces);

const OTHER = { command: 'other', args: [WRITTEN_SECRET], env: { KEY: WRITTEN_SECRET } };

type Row = readonly [
  check: string,
  level: string,
  spoil: (place: ExaminedPlace) => Promise<unknown> | unknown,
];

const CASES: readonly Row[] = [
  ['entry_stale', 'problem', (p) => p.connect({ tg: p.entry({ command: '/gone/node' }) })],
  ['entry_stale', 'problem', (p) => p.connect({ tg: p.entry({ cli: '/gone/toolgrant.js' }) })],
  ['entry_config', 'problem', (p) => p.connect({ tg: p.entry({ config: '/gone/mcp.json' }) })],
  [
    'entry_config',
    'warning',
    (p) => {
      const config = join(p.dir, 'other.json');
      writeFileSync(config, '{"mcpServers":{}}');
      p.connect({ tg: p.entry({ config }) });
    },
  ],
  ['entry_config', 'warning', (p) => p.connect({ tg: p.entry({ config: 'mcp.json' }) })],
  ['entry_profile', 'problem', (p) => p.connect({ tg: p.entry({ profile: 'nobody' }) })],
  [
    'entry_profile',
    'warning',
    (p) =>
      writeFileSync(
        join(p.state, 'profiles', 'claude-code.json'),
        '{"name":"claude-code","subject":"alice","createdAt":1,"revokedAt":2}',
      ),
  ],
  ['entry_disabled', 'warning', (p) => p.connect({ tg: { ...p.entry(), disabled: true } })],
  [
    'entry_address',
    'warning',
    (p) =>
      p.connect({
        tg: {
          type: 'http',
          url: 'http://elsewhere.example/mcp',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: as the client's file has it
          headers: { Authorization: 'Bearer ${TOOLGRANT_TOKEN}' },
        },
      }),
  ],
  ['client_entries', 'note', (p) => p.connect({ a: p.entry(), b: p.entry() })],
  ['client_not_connected', 'note', (p) => p.connect({})],
  ['client_entry_odd', 'note', (p) => p.connect({ tg: p.entry(), x: { type: 'carrier-pigeon' } })],
  ['client_unreadable', 'warning', (p) => p.put('.claude.json', '{"mcpServers": ')],
  ['server_bypassed', 'warning', (p) => p.connect({ tg: p.entry(), s: OTHER })],
  ['server_bypassed', 'warning', (p) => p.put('.cursor/mcp.json', { mcpServers: { S: OTHER } })],
  ['server_shadow', 'warning', (p) => p.connect({ tg: p.entry(), other: OTHER })],
  ['server_shadow', 'warning', (p) => p.put('.mcp.json', { mcpServers: { other: OTHER } })],
  [
    'entry_in_project',
    'warning',
    (p) =>
      p.put('.mcp.json', {
        mcpServers: {
          tg: {
            command: 'sh',
            args: ['-c', 'x', 'toolgrant', 'stdio', '--profile=p'],
            env: { KEY: WRITTEN_SECRET },
          },
        },
      }),
  ],
  [
    'server_switched_off',
    'note',
    (p) => p.connect({ tg: p.entry(), other: { ...OTHER, disabled: true } }),
  ],
  [
    'server_in_folder',
    'warning',
    (p) =>
      p.put('.claude.json', {
        mcpServers: { tg: p.entry() },
        projects: { '/w': { mcpServers: { other: OTHER } } },
      }),
  ],
];

describe.concurrent('doctor', () => {
  it.each(CASES)('says `%s`, a %s, and nothing a file holds (%#)', async (check, level, spoil) => {
    const place = copyOf(sound);
    await spoil(place);
    const { ended, findings } = await place.doctor(['--no-start']);
    expectDiscreet(ended);
    const found = findings.filter((one) => one.check === check);
    expect(found.map((one) => one.level)).toEqual([level]);
    expect(found[0]?.where).toContain(place.home);
  });

  it('knows a server by how it is started, whatever its name', async () => {
    const place = copyOf(sound);
    const { command, args } = definedEntry();
    place.configure({ t: { command, args: ['/x.mjs'] } });
    place.connect({
      tg: place.entry(),
      renamed: { command, args: ['/x.mjs'] },
      mine: { command, args },
    });
    const { findings } = await place.doctor(['--no-start']);
    const of = (check: string) => findings.find((one) => one.check === check)?.what;
    expect(of('server_bypassed')).toContain('renamed');
    expect(of('server_shadow')).toContain('mine');
  });
});
