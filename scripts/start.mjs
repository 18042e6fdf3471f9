// The main job on the sample configuration: serves, and prints what to try.
import { join } from 'node:path';
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
  process.stderr.write(`${error.message}`);
  process.stderr.write('hint: another port: npm start -- --port 7500\n');
  process.exit(error.code ?? 1);
}
const { child, url } = running;
child.stderr.on('data', (text) => process.stderr.write(text));

const { token, expiresAt } = JSON.parse(
  must(toolgrant(['session', 'open', '--subject', subject, '--ttl', '8h', '--json', ...config])),
);
const entries = ['claude-desktop', 'claude-code'].map((client) => [
  client,
  must(toolgrant(['connect', client, '--subject', subject, '--print', ...config])),
]);

console.log(`
Toolgrant listens on ${url}
Grant: grants/alice-sample.yaml · servers: files (over workspace/), memory

A session token for ${subject}, until ${expiresAt}:

  ${token}

Try it:

  curl -s ${url} -H 'Authorization: Bearer ${token}' \\
    -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\
    -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files__read_text_file","arguments":{"path":"${join(root, 'workspace', 'hello.txt')}"}}}'
`);
for (const [client, entry] of entries) console.log(`For ${client}:\n\n${entry}`);
console.log('Ctrl-C stops it.');

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.removeAllListeners('exit');
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
