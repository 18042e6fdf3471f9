// The main job on the sample configuration: serves, and prints what to try.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { curlCommand, firstCall } from './first-call.mjs';
import { root, serve, toolgrant } from './toolgrant.mjs';

const config = ['--config', join(root, 'mcp.config.json')];
const subject = 'alice';

function must(result) {
  if (result.status === 0) return result.stdout;
  process.stderr.write(result.stderr);
  process.exit(result.status ?? 1);
}

let running;
try {
  running = await serve(['serve', ...config, ...process.argv.slice(2)]);
} catch (error) {
  process.stderr.write(error.message.replace('with --port', 'with npm start -- --port 7500'));
  process.exit(error.code ?? 1);
}
const { child, url } = running;
// However this script ends, nothing stays behind that holds the port.
process.once('exit', () => child.kill());
child.stderr.on('data', (text) => process.stderr.write(text));

const { token, expiresAt } = JSON.parse(
  must(toolgrant(['session', 'open', '--subject', subject, '--ttl', '8h', '--json', ...config])),
);

/** The entry for a client. A profile that was revoked stays out: only a person lets it back in. */
function entryFor(client) {
  const again = `./bin/toolgrant.js --config mcp.config.json connect ${client} --subject ${subject} --print`;
  const profile = join(root, '.toolgrant', 'profiles', `${client}.json`);
  if (existsSync(profile) && JSON.parse(readFileSync(profile, 'utf8')).revokedAt !== undefined) {
    return `its profile was revoked and stays out; to let it back in:\n\n  ${again}\n`;
  }
  return must(toolgrant(['connect', client, '--subject', subject, '--print', ...config]));
}
const entries = [
  ['Claude Desktop (Settings, Developer, Edit Config)', entryFor('claude-desktop')],
  ['Claude Code (.mcp.json of a project)', entryFor('claude-code')],
];

const call = firstCall('files__read_text_file', { path: join(root, 'workspace', 'hello.txt') });

console.log(`
Toolgrant listens on ${url}
Grant: grants/alice-sample.yaml · servers: files (over workspace/), memory

A session token for ${subject}, until ${expiresAt}:

  ${token}

Try it:

  ${curlCommand(url, token, call)}
`);
for (const [client, entry] of entries) console.log(`For ${client}:\n\n${entry}`);
console.log(`Admin commands on this configuration:

  ./bin/toolgrant.js --config mcp.config.json can-i ${subject} files/write_file
  ./bin/toolgrant.js --config mcp.config.json audit tail -f

Ctrl-C stops it.`);

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.removeAllListeners('exit');
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
