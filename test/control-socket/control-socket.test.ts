import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askDrain, isAlive } from '../../src/control-socket/ask-drain.ts';
import { askWatch } from '../../src/control-socket/ask-watch.ts';
import { controlSocketPath } from '../../src/control-socket/control-path.ts';
import { serveControl } from '../../src/control-socket/serve-control.ts';
import type { LiveBroker } from '../../src/session/live-broker-store.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'tg-sock-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** The id of a process that has ended. */
const GONE = spawnSync(process.execPath, ['-e', '']).pid;

const broker = (socket: string, pid = GONE): LiveBroker => ({
  instance: 'ins_test',
  pid,
  socket,
  startedAt: 0,
});

async function serve(onDrain: () => Promise<number>, path = join(folder(), 's.sock')) {
  const control = await serveControl({ path, onDrain });
  onTestFinished(() => control.close());
  return control;
}

/** What a peer that sends `bytes` gets before the connection ends. */
async function send(path: string, bytes: string): Promise<string> {
  const socket = connect(path);
  socket.setEncoding('utf8');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  // Not `once`: it rejects when the connection is reset, which is one way of being dropped.
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.write(bytes);
  await closed;
  return received;
}

/** A socket whose file stays although the process that listened is gone. */
async function staleSocket(): Promise<string> {
  const path = join(folder(), 's.sock');
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  const child = spawn(process.execPath, ['-e', script, path]);
  await once(child, 'close');
  return path;
}

describe('serveControl and askDrain', () => {
  it('drains when asked and answers how many calls were cancelled: it is drained', async () => {
    let asked = 0;
    const control = await serve(async () => {
      asked += 1;
      return 3;
    });
    expect(await askDrain(broker(control.path))).toEqual({ kind: 'drained', cancelled: 3 });
    expect(asked).toBe(1);
  });

  it('says what it watches, however long that is, and nothing where it watches nothing', async () => {
    const sessions = Array.from({ length: 3_000 }, (_, at) => ({ session: `s${at}`, uses: at }));
    const path = join(folder(), 's.sock');
    const onDrain = async () => 0;
    const control = await serveControl({ path, onDrain, onWatch: () => ({ sessions }) });
    onTestFinished(() => control.close());
    expect(await askWatch(broker(control.path))).toEqual({ sessions });
    expect(await askWatch(broker((await serve(onDrain)).path))).toBeUndefined();
    expect(await askWatch(broker(await staleSocket()))).toEqual({ sessions: [] });
  });

  it('makes the socket for its owner alone: it is 0600', async () => {
    const control = await serve(async () => 0);
    expect(statSync(control.path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['another word', 'revoke\n'],
    ['more than one line', 'drain\ndrain\n'],
    ['a line without end', 'x'.repeat(100_000)],
  ])('drops a peer that says %s: it is not obeyed', async (_, bytes) => {
    let asked = 0;
    const control = await serve(async () => {
      asked += 1;
      return 0;
    });
    expect(await send(control.path, bytes)).toBe('');
    expect(asked).toBe(0);
  });

  it('gives no answer when draining fails: it counts as silent', async () => {
    const control = await serve(async () => {
      throw new Error('unreadable state');
    });
    expect(await askDrain(broker(control.path))).toEqual({ kind: 'silent' });
  });

  it('takes a broker that does not answer in time for silent: it is not dead', async () => {
    const control = await serve(() => new Promise(() => {}));
    expect(await askDrain(broker(control.path), 30)).toEqual({ kind: 'silent' });
    expect(await isAlive(broker(control.path))).toBe(true);
  });

  it.each(['{"cancelled":"3"}\n', '{"cancelled":-1}\n', 'ok\n', 'null\n', 'x'.repeat(1000)])(
    'takes the answer %j for none: it is silent',
    async (answer) => {
      const path = join(folder(), 's.sock');
      const server = createServer((socket) => socket.on('error', () => {}).end(answer)).listen(
        path,
      );
      onTestFinished(() => void server.close());
      await once(server, 'listening');
      expect(await askDrain(broker(path))).toEqual({ kind: 'silent' });
    },
  );

  it('takes a refused connection for a dead broker: it is dead', async () => {
    const path = await staleSocket();
    expect(existsSync(path)).toBe(true);
    expect(await askDrain(broker(path))).toEqual({ kind: 'dead' });
    expect(await isAlive(broker(path))).toBe(false);
  });

  it('takes a socket that is gone with its process for a dead broker: it is dead', async () => {
    const path = join(folder(), 'none.sock');
    expect(await askDrain(broker(path))).toEqual({ kind: 'dead' });
    expect(await isAlive(broker(path))).toBe(false);
  });

  it('takes a socket that is gone while its process runs for silent: it is not dead', async () => {
    const path = join(folder(), 'none.sock');
    expect(await askDrain(broker(path, process.pid))).toEqual({ kind: 'silent' });
    expect(await isAlive(broker(path, process.pid))).toBe(true);
  });

  it('takes a refused connection for a dead broker whoever has its process id now: it is dead', async () => {
    const path = await staleSocket();
    expect(await askDrain(broker(path, process.pid))).toEqual({ kind: 'dead' });
    expect(await isAlive(broker(path, process.pid))).toBe(false);
  });

  it('replaces a socket that nobody listens on: it listens', async () => {
    const control = await serve(async () => 1, await staleSocket());
    expect(await askDrain(broker(control.path))).toEqual({ kind: 'drained', cancelled: 1 });
  });

  it('leaves a socket alone that somebody listens on: it is refused, the other goes on', async () => {
    const control = await serve(async () => 1);
    await expect(
      serveControl({ path: control.path, onDrain: async () => 2 }),
    ).rejects.toMatchObject({
      code: 'ERR_STATE_UNSAFE',
    });
    expect(await askDrain(broker(control.path))).toEqual({ kind: 'drained', cancelled: 1 });
  });

  it('leaves a file alone that is no socket: it is refused', async () => {
    const path = join(folder(), 's.sock');
    writeFileSync(path, 'precious');
    await expect(serveControl({ path, onDrain: async () => 2 })).rejects.toMatchObject({
      code: 'ERR_STATE_UNSAFE',
    });
    expect(statSync(path).size).toBe(8);
  });

  it('finds a shorter place for a path that is too long, 0700, and cleans up: it listens there', async () => {
    const temporary = folder();
    const long = join(temporary, 'x'.repeat(120));
    mkdirSync(long);
    const control = await serveControl({
      path: join(long, 's.sock'),
      onDrain: async () => 4,
      temporary,
    });
    expect(control.path.startsWith(join(temporary, 'toolgrant-'))).toBe(true);
    expect(statSync(join(control.path, '..')).mode & 0o777).toBe(0o700);
    expect(await askDrain(broker(control.path))).toEqual({ kind: 'drained', cancelled: 4 });
    await control.close();
    expect(readdirSync(temporary)).toEqual(['x'.repeat(120)]);
  });

  it('removes the socket when it closes, twice or once: it is gone', async () => {
    const control = await serve(async () => 0);
    await Promise.all([control.close(), control.close()]);
    expect(existsSync(control.path)).toBe(false);
    expect(await isAlive(broker(control.path))).toBe(false);
  });

  it('closes although a drain hangs: it does not wait for it', async () => {
    const control = await serve(() => new Promise(() => {}));
    const answer = askDrain(broker(control.path));
    const peer = connect(control.path).on('error', () => {});
    await once(peer, 'connect');
    await control.close();
    expect((await answer).kind).toBe('dead');
  });
});

describe('controlSocketPath', () => {
  it('lies in the state directory, on Windows among the named pipes: it is exact', () => {
    expect(controlSocketPath('/s', 'ins_1', 'linux')).toBe('/s/ins_1.sock');
    expect(controlSocketPath('C:\\s', 'ins_1', 'win32')).toBe('\\\\.\\pipe\\toolgrant-ins_1');
  });
});
