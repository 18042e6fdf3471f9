import { afterAll, describe, expect, it } from 'vitest';
import { CLIENT_FILES, FreshHome } from '../support/cli/fresh-home.ts';
import { pathWithToolgrant, settled } from '../support/cli/installed.ts';
import { hasTerminal, runInTerminal, type Typing } from '../support/cli/pty.ts';

const homes: FreshHome[] = [];
afterAll(() => {
  for (const home of homes) home.remove();
});

/** A home with Cursor, and one tool server in it. */
function withCursor(): FreshHome {
  const home = new FreshHome();
  homes.push(home);
  home.write(CLIENT_FILES.cursor, { mcpServers: { files: home.files } });
  return home;
}

async function transcript(home: FreshHome, typing: readonly Typing[]): Promise<string> {
  const { code, screen } = await runInTerminal(
    ['sh', '-c', 'exec toolgrant init --subject alice'],
    {
      env: { ...home.env, PATH: pathWithToolgrant(home.dir) },
      cwd: home.dir,
      typing,
    },
  );
  const shown = settled(screen, { [home.dir]: '~', [process.execPath]: 'node' });
  // A long command is cut in the table, by the place of the modules a little earlier or later.
  const short = shown
    .replaceAll(/\S*\/@modelcontextprotocol/g, '…')
    .replace(/^(1 {2}files {2}node ).*…( {2}Cursor)/m, '$1…$2');
  return `${short}\n[${code}]`;
}

// Where there is no Python, what is asked is shown by the tests of each step.
describe.skipIf(!hasTerminal)('init in a terminal', () => {
  it('asks before each step', async () => {
    const home = withCursor();
    const shown = await transcript(home, [
      { at: 'Enter for all:', type: '\r' },
      { at: '[d]etails:', type: 'y\r' },
      { at: '[y/N]', type: 'y\r' },
      { at: '[y/N]', type: 'y\r' },
      { at: '[y/N]', type: 'y\r' },
    ]);
    expect(shown).toBe(`   SERVER  STARTED AS  IN
1  files  node …  Cursor
which of them? numbers, or Enter for all:
~/.config/toolgrant/mcp.config.json (new)
+ "files": {
+  "command": "node",
+  "args": [
+  …/server-filesystem/dist/index.js",
+  "~/work"
+  ],
+  "cwd": "~"
+ }
starting files … 14 tools
  create_directory, directory_tree, edit_file, get_file_info, list_allowed_directories, \
list_directory, list_directory_with_sizes, move_file, read_file, read_media_file, \
read_multiple_files, read_text_file and 2 more
  by their names, its tools could have these \`labels\` in the configuration: \
{"write_file":["destructive"],"edit_file":["destructive"],"move_file":["destructive"],\
"search_files":["untrusted"]}
approve these definitions of files? [y]es, [n]o, [d]etails: y
~/.config/toolgrant/grants/alice-files.yaml.draft:
# A guess by \`toolgrant init\`: tools whose server says they only read, and whose names agree.
# Neither is proof. Take out what should not be here.
$schema: ../schema/grant.schema.json
id: alice-files
subject: alice
purpose: "A first look: read, change nothing"
expires: <time>
rules:
  - permit: files/get_file_info
  - permit: files/list_allowed_directories
  - permit: files/list_directory
  - permit: files/list_directory_with_sizes
  - permit: files/read_file
  - permit: files/read_media_file
  - permit: files/read_multiple_files
  - permit: files/read_text_file
  - permit: files/search_files
edit the file first if you like; put it in force as it is then? [y/N] y
in force until <time>
connect Cursor (~/.cursor/mcp.json)? [y/N] y
Cursor can still reach files without the broker
take them out of its file? the original is kept, and \`toolgrant disconnect\` brings them back [y/N] y
files: 14 tools approved
Cursor: connected (~/.cursor/mcp.json)
  taken out: files
  turn the server on in Cursor settings, MCP, or start Cursor again
try a call that is allowed:
next: toolgrant call files/list_allowed_directories --as alice
one that is refused, and what would permit it:
next: toolgrant call files/create_directory --as alice
next: toolgrant grant create alice --permit files/create_directory --ttl 8h
\`toolgrant disconnect --all\` brings every client back to what it was
[0]`);
  });

  it('grants and connects nothing on no', async () => {
    const home = withCursor();
    const before = home.read(CLIENT_FILES.cursor);
    const shown = await transcript(home, [
      { at: 'Enter for all:', type: '9\r' },
      { at: 'Enter for all:', type: '1\r' },
      { at: '[d]etails:', type: 'd\r' },
      { at: '[d]etails:', type: 'y\r' },
      { at: '[y/N]', type: 'n\r' },
      { at: '[y/N]', type: '\r' },
    ]);
    expect(shown).toContain('numbers from 1 to 1');
    expect(shown).toContain('+ /name: "read_text_file"');
    expect(shown).toContain('no grant was given');
    expect(shown).toContain('Cursor is as it was');
    expect(home.read(CLIENT_FILES.cursor)).toBe(before);
    for (const end of ['yaml', 'yaml.draft']) {
      expect(home.has(`.config/toolgrant/grants/alice-files.${end}`)).toBe(false);
    }
  });

  it('asks for what VS Code would ask for, and never shows or writes it', async () => {
    const home = new FreshHome();
    homes.push(home);
    const env = { NOT_NAMED_SO: '$' + '{input:tok}' };
    home.write(CLIENT_FILES.vscode, { servers: { files: { ...home.files, env } } });
    const shown = await transcript(home, [
      { at: 'Enter for all:', type: '\r' },
      { at: 'leave files out:', type: 'typed-canary-5e1\r' },
      { at: '[d]etails:', type: 'y\r' },
      { at: '[y/N]', type: 'y\r' },
      { at: '[y/N]', type: 'n\r' },
    ]);
    const kept = '.config/toolgrant/secrets/files-tok';
    expect(home.json('.config/toolgrant/mcp.config.json').mcpServers).toMatchObject({
      files: { env: { NOT_NAMED_SO: `\${file:${home.path(kept)}}` } },
    });
    expect(home.read(kept)).toBe('typed-canary-5e1\n');
    expect(shown).not.toContain('typed-canary');
  });

  it('stops at Ctrl-C and says that it can go on', async () => {
    const shown = await transcript(withCursor(), [
      { at: 'Enter for all:', type: '\r' },
      { at: '[d]etails:', type: '\x03' },
    ]);
    expect(shown).toMatch(/stopped: what was done stays.*\n\[1\]$/);
  });
});
