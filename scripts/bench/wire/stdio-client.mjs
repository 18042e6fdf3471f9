// A client over stdio that does as little as can be done: lines out, lines in, matched by the id that is
// found in them; several requests may be in flight.
import { once } from 'node:events';
import { ERA_2026, lastIdTaken, messageText, notificationText } from './messages.mjs';

/** An id of ours. What stands around it tells it from digits in a result. */
const ID = /"id":(\d{7})[,}]/;
const LOOK = 300;

export class StdioClient {
  #child;
  #era;
  #prefix;
  #parts = [];
  #waiting = new Map();

  /** @param child a process with `stdin` and `stdout` as pipes. */
  constructor(child, era, prefix = '') {
    this.#child = child;
    this.#era = era;
    this.#prefix = prefix;
    child.stdin.on('error', () => {});
    child.stdout.on('data', (part) => this.#take(part));
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the process ended'));
    });
  }

  get pid() {
    return this.#child.pid;
  }

  async open() {
    if (this.#era === ERA_2026) return;
    await this.#send(messageText('initialize', this.#era));
    this.#child.stdin.write(`${notificationText}\n`);
  }

  /** The line that answers one request. @throws when it is no result. */
  async ask(method, params) {
    const named =
      params?.name === undefined ? params : { ...params, name: this.#prefix + params.name };
    const line = await this.#send(messageText(method, this.#era, named));
    if (!line.includes('"result"')) throw new Error(`no result: ${line.toString('utf8', 0, 500)}`);
    return line;
  }

  async close() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
  }

  #send(text) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(lastIdTaken(), { resolve, reject });
      this.#child.stdin.write(`${text}\n`);
    });
  }

  #take(part) {
    let from = 0;
    for (let end = part.indexOf(10); end !== -1; end = part.indexOf(10, from)) {
      this.#parts.push(part.subarray(from, end));
      const line = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
      this.#parts = [];
      from = end + 1;
      const start = ID.exec(line.toString('latin1', 0, LOOK));
      const id = start ?? ID.exec(line.toString('latin1', Math.max(0, line.length - LOOK)));
      const found = Number(id?.[1]);
      this.#waiting.get(found)?.resolve(line);
      this.#waiting.delete(found);
    }
    if (from < part.length) this.#parts.push(part.subarray(from));
  }
}
