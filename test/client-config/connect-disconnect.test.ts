import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLIENTS } from '../../src/client-config/clients.ts';
import { connectEntry } from '../../src/client-config/connect-entry.ts';
import { disconnectEntry } from '../../src/client-config/disconnect-entry.ts';
import { readServers } from '../../src/client-config/read-servers.ts';
import { clientHome, STDIO } from './client-home.ts';
import { WILD_FILES } from './wild-files.ts';

const editable = CLIENTS.filter(({ connect }) => connect !== 'print-only').map(({ id }) => id);

/** Whether a text is the other with one piece taken out (or, of an empty value, replaced). */
function isOneInsertion(before: string, after: string): boolean {
  let head = 0;
  while (head < before.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < before.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return head + tail >= before.length - 'null'.length;
}

describe('files of clients as they are found', () => {
  it('has one for every client whose file is edited', () => {
    const seen = new Set(WILD_FILES.map(([id]) => id));
    expect(editable.filter((id) => !seen.has(id))).toEqual([]);
  });

  it.each(WILD_FILES)('%s, %s: an entry goes in at one place', async (id, _what, text) => {
    const at = clientHome(id, text);
    const others = (await readServers(at.found())).servers;
    const change = await connectEntry(at.found(), STDIO, at.backups);
    const after = at.read() ?? '';
    expect(change).toMatchObject({ path: at.path, before: text, after });
    expect(isOneInsertion(text, after)).toBe(true);
    const { servers } = await readServers(at.found());
    expect(servers.filter(({ isOurs }) => !isOurs)).toEqual(others);
    expect(servers.filter(({ isOurs }) => isOurs)).toMatchObject([
      { name: 'tg', entry: { command: STDIO.kind === 'stdio' && STDIO.command } },
    ]);
    const lone = (value: string) => value.replaceAll('\r\n', '').includes('\n');
    if (/\r\n/.test(text)) expect(lone(after)).toBe(false);
  });

  it.each(WILD_FILES)('%s, %s: and comes out without a trace', async (id, _what, text) => {
    const at = clientHome(id, text);
    await connectEntry(at.found(), STDIO, at.backups);
    await disconnectEntry(at.found(), at.backups);
    expect(at.read()).toBe(text);
    expect(readdirSync(at.backups)).toEqual([]);
    expect(readdirSync(dirname(at.path)).filter((name) => /toolgrant|tmp/.test(name))).toEqual([]);
  });

  it.each(WILD_FILES)('%s, %s: also when only the file tells', async (id, _what, text) => {
    const at = clientHome(id, text);
    const { servers } = await readServers(at.found());
    await connectEntry(at.found(), STDIO, at.backups);
    // Without the record: what is taken out is what is there.
    await disconnectEntry(at.found(), `${at.backups}-lost`);
    const after = await readServers(at.found());
    expect(after.servers).toEqual(servers);
    expect(at.read()).not.toContain('toolgrant.js');
  });

  it.each(editable)('%s without a file gets one, and loses it again', async (id) => {
    const at = clientHome(id);
    await connectEntry(at.found(), STDIO, at.backups);
    expect((await readServers(at.found())).servers).toMatchObject([{ name: 'tg', isOurs: true }]);
    await disconnectEntry(at.found(), at.backups);
    expect(existsSync(at.path)).toBe(false);
    expect(readdirSync(at.home)).toEqual(['state']);
  });
});
