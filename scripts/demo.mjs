// The whole story in one screen: a permitted call, a refused one with the command that would allow
// it, a revocation that cuts the next call, the audit that shows all three, and its proof.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, serve, toolgrant } from './toolgrant.mjs';

const home = mkdtempSync(join(tmpdir(), 'toolgrant-demo-'));
const workspace = join(home, 'workspace');
const config = join(home, 'mcp.config.json');
const env = { ...process.env, TOOLGRANT_CONFIG: config };
const files = join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
const hasColour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const bold = (text) => (hasColour ? `\u001b[1m${text}\u001b[0m` : text);

mkdirSync(workspace);
mkdirSync(join(home, 'grants'));
writeFileSync(join(workspace, 'notes.txt'), 'Ship on Friday.\n');
writeFileSync(
  config,
  JSON.stringify({
    mcpServers: { files: { command: process.execPath, args: [files, './workspace'] } },
  }),
);

function step(title) {
  console.log(`\n${bold(title)}`);
}

/** Runs a command and shows it with what it printed. */
function run(...args) {
  const shown = args.map((word) => (/^[\w./=-]+$/.test(word) ? word : `'${word}'`)).join(' ');
  console.log(`$ toolgrant ${shown}`);
  const { status, stdout, stderr } = toolgrant(args, { env });
  const said = `${stdout}${stderr}`.replaceAll(/^next: .*\n/gm, '').trimEnd();
  if (said !== '') console.log(said.replaceAll(/\S*bin\/toolgrant\.js/g, 'toolgrant'));
  return { status, stdout };
}

/** Calls a tool as a client does, over Streamable HTTP. */
async function call(url, token, name, args) {
  console.log(`client> ${name} ${JSON.stringify(args)}`);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name,
        arguments: args,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  });
  if (response.status !== 200) {
    console.log(`client< HTTP ${response.status} ${response.headers.get('www-authenticate')}`);
    return { status: response.status };
  }
  const { result, error } = await response.json();
  console.log(
    `client< ${error === undefined ? result.content[0].text.trim() : `error ${error.code}: ${error.message}`}`,
  );
  return { status: 200, result, error };
}

function expect(isTrue, what) {
  if (!isTrue) throw new Error(`the demo did not go as told: ${what}`);
}

let broker;
try {
  step('1. Alice may read files for an hour, and nothing else');
  run(
    'grant',
    'create',
    'alice',
    '--permit',
    'files/{read,list}_*',
    '--ttl',
    '1h',
    '--purpose',
    'Read the notes',
  );
  broker = await serve(['serve', '--port', '0'], { env });
  const opened = toolgrant(['session', 'open', '--subject', 'alice', '--json'], { env });
  const { id, token } = JSON.parse(opened.stdout);
  const notes = join(workspace, 'notes.txt');

  step('2. A permitted call');
  const read = await call(broker.url, token, 'files__read_text_file', { path: notes });
  expect(read.result?.isError !== true && read.error === undefined, 'the read was refused');

  step('3. A refused one: it does not exist for Alice, and an admin can ask why');
  const write = await call(broker.url, token, 'files__write_file', { path: notes, content: 'x' });
  expect(write.error?.code === -32602, 'the write was not refused');
  expect(run('can-i', 'alice', 'files/write_file').status === 1, 'can-i said yes');

  step('4. A revocation is true when the command returns');
  expect(run('session', 'revoke', id).status === 0, 'the session was not revoked');
  const after = await call(broker.url, token, 'files__read_text_file', { path: notes });
  expect(after.status === 401, 'a call got through after the revocation');

  step('5. The log shows all of it, and proves itself');
  run('audit', 'query', '--session', id);
  expect(run('audit', 'verify').status === 0, 'the log does not verify');
} catch (error) {
  console.error(`\nerror: ${error.message}`);
  process.exitCode = 1;
} finally {
  if (broker !== undefined) {
    const ended = new Promise((resolve) => broker.child.once('exit', resolve));
    broker.child.kill('SIGTERM');
    await ended;
  }
  rmSync(home, { recursive: true, force: true });
}
