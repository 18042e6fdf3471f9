import { afterAll, describe, expect, it } from 'vitest';
import { CLIENT_FILES, FreshHome } from '../support/cli/fresh-home.ts';
import { TOOLGRANT } from '../support/cli/place.ts';
import { until } from '../support/live/home.ts';
import { startProcess } from '../support/live/processes.ts';

const homes: FreshHome[] = [];
function freshHome(): FreshHome {
  const home = new FreshHome();
  homes.push(home);
  return home;
}
afterAll(() => {
  for (const home of homes) home.remove();
});

interface Result {
  readonly servers: readonly { readonly name: string; readonly state: string }[];
  readonly clients: readonly { readonly movedOut: readonly string[] }[];
}

describe('init', () => {
  it('does nothing when nobody can answer', async () => {
    const home = freshHome();
    home.write(CLIENT_FILES.cursor, { mcpServers: { files: home.files } });
    const before = home.bytes();
    const { code, stderr } = await home.run('init');
    expect([code, home.bytes()]).toEqual([2, before]);
    expect(stderr).toContain('--yes');
  });

  it('says where to write the first tool server when there is none', async () => {
    const home = freshHome();
    home.write(CLIENT_FILES.cursor, { mcpServers: {} });
    const before = home.bytes();
    const { code, stderr } = await home.run('init', '--yes');
    expect([code, home.bytes()]).toEqual([5, before]);
    expect(stderr).toContain(home.config);
  });

  it('says of what is left out how to add it, and does not take back what is granted', async () => {
    const home = freshHome();
    home.write(CLIENT_FILES.cursor, {
      mcpServers: { files: home.files, gone: { command: '/nowhere/server' } },
    });
    const first = await home.run('init', '--yes', '--subject', 'alice');
    const again = await home.run('init', '--yes', '--subject', 'alice');
    for (const { stderr } of [first, again]) {
      expect(stderr).toMatch(/to add gone later, .* `\S+ tools approve gone`/);
      expect(stderr).not.toContain('nothing is granted');
    }
  }, 30_000);

  it('adds to a configuration that is there, and leaves what it says', async () => {
    const home = freshHome();
    const text = `{ "listen": "127.0.0.1:0", "mcpServers": { "s":   { "command": "true" } } }\n`;
    home.write('.config/toolgrant/mcp.config.json', text);
    home.write(CLIENT_FILES.cursor, { mcpServers: { s: home.files } });
    const { code } = await home.run('init', '--yes', '--server', 's', '--client', 'cursor');
    const now = home.read('.config/toolgrant/mcp.config.json');
    expect(code).toBe(0);
    expect(now.startsWith(text.slice(0, text.indexOf(' } }')))).toBe(true);
    expect(JSON.parse(now).mcpServers['s-2'].args).toEqual(home.files.args);
  }, 30_000);

  it('stops at Ctrl-C, and goes on from there when it is run again', async () => {
    const home = freshHome();
    // Hangs the first time it is started.
    const once = `[ -e ${home.work}/again ] || { : > ${home.work}/again; exec sleep 60; }; exec "$@"`;
    const slow = {
      command: 'sh',
      args: ['-c', once, 'sh', home.files.command, ...home.files.args],
    };
    home.write(CLIENT_FILES.cursor, { mcpServers: { slow } });
    const original = home.read(CLIENT_FILES.cursor);
    const running = startProcess(TOOLGRANT, ['init', '--yes', '--subject', 'alice'], {
      env: home.env,
    });
    await until(() => (home.has('work/again') ? true : undefined));
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 1, signal: null });
    expect(home.read(CLIENT_FILES.cursor)).toBe(original);
    expect(home.json('.config/toolgrant/mcp.config.json').mcpServers).toMatchObject({
      slow: expect.not.objectContaining({ disabled: true }),
    });

    const again = await home.run('init', '--yes', '--json', '--subject', 'alice');
    const { servers, clients } = JSON.parse(again.stdout) as Result;
    expect(again.code).toBe(0);
    expect(servers.map(({ name, state }) => [name, state])).toEqual([['slow', 'approved']]);
    expect(clients.map(({ movedOut }) => movedOut)).toEqual([['slow']]);
  }, 30_000);
});
