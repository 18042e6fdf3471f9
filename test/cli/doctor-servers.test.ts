import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  copyOf,
  type ExaminedPlace,
  expectFound,
  type Spoiled,
  soundPlace,
  TOOLS,
} from '../support/cli/examined-place.ts';
import { grantText, removePlaces } from '../support/cli/place.ts';

let sound: ExaminedPlace;
beforeAll(async () => {
  sound = await soundPlace();
});
afterAll(removePlaces);

const [READ] = TOOLS;
const NEW = { name: 'erase', description: 'Erases a file.', inputSchema: { type: 'object' } };

const expiresIn = (ms: number): string =>
  `UPDATE grants SET document = json_set(document, '$.expiresAt', ${Date.now() + ms})`;

const CASES: readonly Spoiled[] = [
  {
    how: 'tool servers nobody should start like this',
    spoil: (place) =>
      place.configure({
        npm: { command: 'npx', args: ['-y', 'x@latest'] },
        python: { command: 'uvx', args: ['x'] },
        image: { command: 'docker', args: ['run', '-i', 'x/y:latest'] },
        clear: { url: 'http://tools.example/mcp' },
        path: { command: '/no/such/program' },
        name: { command: 'no-such-program' },
      }),
    found: [
      ['unpinned_package', 'warning', 'npm'],
      ['unpinned_package', 'warning', 'python'],
      ['unpinned_package', 'warning', 'image'],
      ['clear_text', 'warning', 'clear'],
      ['command_missing', 'problem', 'path'],
      ['command_missing', 'problem', 'name'],
      ['server_unpinned', 'note', 'npm'],
      ['server_not_started', 'note', 'npm'],
    ],
    exit: 1,
  },
  {
    how: 'tool servers that end, hang, or wait for a yes, beside one that works',
    spoil: (place) =>
      place.configure({
        ends: { command: 'true' },
        hangs: { command: 'sleep', args: ['60'], toolgrant: { startTimeoutMs: 300 } },
        asks: { command: 'true', toolgrant: { trust: 'ask' } },
      }),
    found: [
      ['server_failed', 'problem', 'ends'],
      ['server_failed', 'problem', 'hangs'],
      ['server_asks', 'note', 'asks'],
      ['server', 'ok', 's'],
    ],
    exit: 1,
    starts: true,
  },
  {
    how: 'definitions that changed, came and went',
    spoil: (place) => place.define([{ ...READ, description: 'Reads all files.' }, NEW]),
    found: [
      ['tool_drifting', 'warning', 's'],
      ['tool_appeared', 'warning', 's'],
      ['tool_gone', 'note', 's'],
    ],
    exit: 0,
    starts: true,
  },
  {
    how: 'a tool server that is another program than was approved, without starting it',
    spoil: (place) => place.runsAnother(),
    found: [['server_changing', 'warning', 's']],
    exit: 0,
  },
  {
    how: 'a tool server that is another program, which a broker has met',
    async spoil(place) {
      place.runsAnother();
      await place.command(['call', 's/read', '--as', 'alice']);
    },
    found: [['server_changed', 'warning', 's']],
    exit: 0,
  },
  {
    how: 'tools that brokers have hidden',
    spoil: (place) =>
      place.sql(
        "UPDATE pinned_items SET quarantine = 'drifted', live_hash = 'x' WHERE name = 'read'",
        "UPDATE pinned_items SET quarantine = 'unapproved' WHERE name = 'write'",
      ),
    found: [
      ['tool_drifted', 'warning', 's'],
      ['tool_unapproved', 'warning', 's'],
    ],
    exit: 0,
  },
  {
    how: 'a tool that was taken out, and one with a name no client takes',
    async spoil(place) {
      place.define([...TOOLS, { ...NEW, name: 'files.erase/everything' }]);
      await place.command(['tools', 'approve', 's', '--yes']);
      await place.command(['tools', 'quarantine', 's', 'read']);
    },
    found: [
      ['tool_quarantined', 'note', 's'],
      ['tool_renamed', 'note', 's'],
    ],
    exit: 0,
  },
  {
    how: 'a lock file that is broken',
    spoil: (place) => writeFileSync(join(place.dir, 'mcp.lock.json'), '{'),
    found: [['lock_broken', 'problem', 'mcp.lock.json']],
    exit: 1,
  },
  {
    how: 'a lock file that gives what the database does not',
    spoil: (place) => place.sql("DELETE FROM pinned_items WHERE name = 'read'"),
    found: [['lock_waits', 'warning', 's']],
    exit: 0,
  },
  {
    how: 'rules that match everything, or nothing',
    async spoil(place) {
      const rules =
        "\n  - permit: '**'\n  - permit: '*/*'\n  - permit: 'gone/*'\n  - deny: 's/erase'";
      place.writeGrant('a.yaml', grantText({ id: 'a', rules }));
      await place.command(['grant', 'apply', '--yes']);
    },
    found: [
      ['grant_wildcard', 'warning', 'grants/a.yaml:6'],
      ['grant_wildcard', 'warning', 'grants/a.yaml:7'],
      ['rule_matches_nothing', 'warning', 'grants/a.yaml:8'],
      ['rule_matches_nothing', 'warning', 'grants/a.yaml:9'],
    ],
    exit: 0,
  },
  {
    how: 'files of grants that wait, are gone, or cannot be read',
    spoil(place) {
      place.writeGrant('alice-s.yaml', grantText({ id: 'b' }));
      place.writeGrant('c.yaml', 'id: [');
    },
    found: [
      ['grant_waits', 'warning', 'grants/alice-s.yaml'],
      ['grant_without_file', 'warning', 'grants/alice-s.yaml'],
      ['grant_file_broken', 'problem', 'grants/c.yaml'],
    ],
    exit: 1,
  },
  {
    how: 'a grant that expires within the hour',
    spoil: (place) => place.sql(expiresIn(3_600_000)),
    found: [['grant_expiring', 'note', 'grants/alice-s.yaml']],
    exit: 0,
  },
  {
    how: 'a grant that has expired, and a client that lived on it',
    spoil: (place) => place.sql(expiresIn(-3_600_000)),
    found: [
      ['grant_expired', 'note', 'alice-s'],
      ['grants_none', 'note', 'grants'],
      ['profile_without_grant', 'warning', 'profile claude-code'],
    ],
    exit: 0,
  },
];

describe.concurrent('doctor', () => {
  it.each(CASES)('tells of $how', (row) => expectFound(sound, row));

  it('prints a line for each finding below its area, and what to do below that', async () => {
    const place = copyOf(sound);
    place.configure({ t: { url: 'http://tools.example/mcp' } });
    const { code, stdout, stderr } = await place.command(['doctor', '--no-start']);
    expect([code, stderr]).toEqual([0, '0 problems, 1 warning\n']);
    const lines = stdout.split('\n');
    const at = lines.indexOf('servers');
    expect(lines.slice(at - 1, at + 5)).toEqual([
      '',
      'servers',
      '  note     was not started (s)',
      '  warning  is reached over http: anybody on the way reads and changes what is said (t)',
      '           -> use an https address',
      '  note     was not started (t)',
    ]);
  });
});
