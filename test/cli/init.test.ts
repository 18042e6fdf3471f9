import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_FILES, FreshHome } from '../support/cli/fresh-home.ts';
import type { Ended } from '../support/cli/place.ts';
import { startProcess } from '../support/live/processes.ts';
import { StdioClient } from '../support/live/stdio-client.ts';

const CANARY = 'init-canary-7d1c40ab';
const REAL = [CLIENT_FILES.desktop, CLIENT_FILES.code, CLIENT_FILES.cursor, CLIENT_FILES.vscode];

const homes: FreshHome[] = [];
function freshHome(): FreshHome {
  const home = new FreshHome();
  homes.push(home);
  return home;
}
afterAll(() => {
  for (const home of homes) home.remove();
});

/** Four clients as they are found: one server in two of them, comments, one that does not start. */
function livedIn(): FreshHome {
  const home = freshHome();
  const everything = { ...home.everything, env: { API_TOKEN: CANARY, LOG_LEVEL: 'debug' } };
  home.write(CLIENT_FILES.desktop, {
    mcpServers: { everything, broken: { command: '/nowhere/server' } },
  });
  home.write(CLIENT_FILES.code, { numStartups: 3, mcpServers: { everything } });
  home.write(
    CLIENT_FILES.cursor,
    `{\n  // what I use\n  "mcpServers": {\n    "file system": ${JSON.stringify(home.files)},\n  },\n}\n`,
  );
  home.write(CLIENT_FILES.vscode, {
    inputs: [{ id: 'tok', type: 'promptString', password: true }],
    servers: { asks: { type: 'stdio', command: 'true', env: { T: '$' + '{input:tok}' } } },
  });
  return home;
}

interface Result {
  readonly configPath: string;
  readonly servers: readonly {
    readonly name: string;
    readonly state: string;
    readonly tools: number;
    readonly problem: string | null;
    readonly secrets: readonly unknown[];
  }[];
  readonly grant: {
    readonly id: string;
    readonly file: string;
    readonly permits: readonly string[];
  };
  readonly clients: readonly {
    readonly client: string;
    readonly state: string;
    readonly movedOut: readonly string[];
    readonly besides: readonly string[];
  }[];
  readonly try: {
    readonly allowed: string[];
    readonly refused: string[];
    readonly allow: string[];
  };
}

const said = ({ stdout, stderr }: Ended): string => stdout + stderr;

describe('init, answered by --yes', () => {
  let home: FreshHome;
  let before: Readonly<Record<string, string>>;
  let dry: Ended;
  let afterDry: Readonly<Record<string, string>>;
  let first: Ended;
  let result: Result;

  beforeAll(async () => {
    home = livedIn();
    before = home.bytes();
    dry = await home.run('init', '--dry-run', '--subject', 'alice');
    afterDry = home.bytes();
    first = await home.run('init', '--yes', '--json', '--subject', 'alice');
    result = JSON.parse(first.stdout) as Result;
  }, 60_000);

  it('changes no byte with --dry-run, and says what it would', () => {
    expect(dry.code).toBe(0);
    expect(afterDry).toEqual(before);
    for (const word of [home.config, 'everything-API_TOKEN', '+ tg', '- file system', 'asks']) {
      expect(said(dry)).toContain(word);
    }
  });

  it('names the same command without --dry-run as the next', async () => {
    const options = ['--client', 'vscode', '--server', 'asks', '--subject', 'alice'];
    const { stderr } = await home.run('init', '--dry-run', ...options, '--keep-servers');
    expect(dry.stderr).toMatch(/^next: \S*toolgrant\S* init --subject alice$/m);
    expect(stderr).toContain(` init ${options.join(' ')} --keep-servers\n`);
  });

  it('never shows a secret', () => {
    expect(said(dry) + said(first)).not.toContain(CANARY);
  });

  it('takes over what starts, and names what does not', () => {
    expect(first.code).toBe(0);
    expect(result.servers.map(({ name, state, problem }) => [name, state, problem])).toEqual([
      ['everything', 'approved', null],
      ['broken', 'failed', expect.stringContaining('ENOENT')],
      ['file-system', 'approved', null],
      ['asks', 'disabled', expect.stringContaining('only the client can fill in')],
    ]);
    const servers = home.json('.config/toolgrant/mcp.config.json').mcpServers;
    expect(servers).toMatchObject({ broken: { disabled: true }, asks: { disabled: true } });
  });

  it('moves secrets into files of their own, and what is none stays', () => {
    const kept = join(home.dir, '.config/toolgrant/secrets/everything-API_TOKEN');
    expect(home.json('.config/toolgrant/mcp.config.json').mcpServers).toMatchObject({
      everything: { env: { API_TOKEN: `\${file:${kept}}`, LOG_LEVEL: 'debug' } },
    });
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    expect(statSync(home.config).mode & 0o777).toBe(0o600);
  });

  it('grants what only reads', () => {
    expect(result.grant.permits).toContain('file-system/read_text_file');
    expect(
      result.grant.permits.filter((ref) => /write|edit|move|create|env|toggle/.test(ref)),
    ).toEqual([]);
    expect(home.read(`.config/toolgrant/${result.grant.file}`)).toMatch(/^# A guess/);
  });

  it('suggests labels, and gives none, not even with --yes', () => {
    expect(first.stderr).toMatch(
      /could have these `labels` in the configuration: \{.*"destructive"/,
    );
    expect(home.read('.config/toolgrant/mcp.config.json')).not.toContain('labels');
  });

  it('connects the clients and takes out what is behind the broker now', () => {
    expect(
      result.clients.map(({ client, state, movedOut, besides }) => [
        client,
        state,
        movedOut,
        besides,
      ]),
    ).toEqual([
      ['claude-desktop', 'connected', ['everything'], ['broken']],
      ['claude-code', 'connected', ['everything'], []],
      ['cursor', 'connected', ['file system'], []],
      ['vscode', 'connected', [], ['asks']],
    ]);
    expect(Object.keys(home.json(CLIENT_FILES.code).mcpServers as object)).toEqual(['tg']);
    expect(home.read(CLIENT_FILES.cursor)).toContain('// what I use');
  });

  it('names a call that is allowed, one that is refused, and what would allow that', async () => {
    const [allowed, refused] = await Promise.all([
      home.run(...result.try.allowed),
      home.run(...result.try.refused),
    ]);
    expect([allowed.code, refused.code]).toEqual([0, 1]);
    const [, ref] = result.try.refused;
    expect(result.try.allow).toEqual(['grant', 'create', 'alice', '--permit', ref, '--ttl', '8h']);
  }, 30_000);

  it('gives the client a governed entry', async () => {
    const { tg } = home.json(CLIENT_FILES.desktop).mcpServers as {
      tg: { command: string; args: string[] };
    };
    const [entry = '', ...args] = tg.args;
    const client = new StdioClient(startProcess(entry, args, { stdin: 'pipe', env: home.env }));
    const opened = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    };
    await client.ask({ id: 1, method: 'initialize', params: opened });
    client.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    const listed = await client.ask({ id: 2, method: 'tools/list' });
    const tools = (listed?.result?.tools ?? []) as readonly { readonly name: string }[];
    const names = tools.map(({ name }) => name);
    const call = (id: number, name: string) =>
      client.ask({ id, method: 'tools/call', params: { name, arguments: {} } });
    const allowed = await call(3, 'file-system__list_allowed_directories');
    const refused = await call(4, 'file-system__write_file');
    await client.leave();
    expect(names).toEqual(
      expect.arrayContaining(result.grant.permits.map((ref) => ref.replace('/', '__'))),
    );
    expect(names).not.toContain('file-system__write_file');
    expect(JSON.stringify(allowed?.result)).toContain(home.work);
    expect(refused?.error?.code).toBe(-32602);
  }, 30_000);

  it('changes nothing when it is run again', async () => {
    const still = () => {
      const bytes = home.bytes();
      return Object.entries(bytes).filter(([name]) => !/toolgrant\.db|\.sock$/.test(name));
    };
    const settled = still();
    const { code, stdout } = await home.run('init', '--yes', '--json', '--subject', 'alice');
    const again = JSON.parse(stdout) as Result;
    expect(code).toBe(0);
    expect([again.grant, again.clients]).toEqual([null, []]);
    expect(still()).toEqual(settled);
  }, 30_000);

  it('is undone by disconnect --all', async () => {
    const { code, stderr } = await home.run('disconnect', '--all');
    expect(code).toBe(0);
    expect(stderr.match(/^next: .* session list$/gm)).toHaveLength(1);
    const now = home.bytes();
    expect(REAL.map((file) => now[file])).toEqual(REAL.map((file) => before[file]));
  }, 30_000);
});
