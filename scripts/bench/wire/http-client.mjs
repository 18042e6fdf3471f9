// A client over HTTP that does as little as can be done, so that what is measured is the other side: one
// connection at a time, one request at a time, the answer's bytes looked at and not parsed. A server that ends
// a connection nobody uses for a while is dialled again.
import { connect } from 'node:net';
import { ERA_2026, messageText, notificationText } from './messages.mjs';

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

export class HttpClient {
  #to;
  #socket;
  #parts = [];
  #received = 0;
  #head;
  #settle;

  /** @param to `port`, `path`, `token`, `era` and, where tools are renamed, `prefix`. */
  constructor(to) {
    this.#to = to;
  }

  /** Opens the connection, and in 2025 what its answer says is a session. */
  async open() {
    const { era } = this.#to;
    this.#dial();
    if (era === ERA_2026) return;
    const { head } = await this.#post('initialize', undefined, messageText('initialize', era));
    this.session = /\r\nmcp-session-id: ([^\r]+)/i.exec(head)?.[1];
    await this.#post('notifications/initialized', undefined, notificationText);
  }

  /** The bytes of the answer to one request. @throws when it is no result. */
  async ask(method, params) {
    const { era, prefix = '' } = this.#to;
    const named = params?.name === undefined ? params : { ...params, name: prefix + params.name };
    const text = messageText(method, era, named);
    const { head, body } = await this.#post(method, named?.name, text);
    if (!head.startsWith('HTTP/1.1 200') || !body.includes('"result"')) {
      throw new Error(`no result: ${head.split('\r\n')[0]} ${body.toString('utf8', 0, 500)}`);
    }
    return body;
  }

  close() {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #dial() {
    const socket = connect({ port: this.#to.port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    this.#parts = [];
    this.#received = 0;
    this.#head = undefined;
    socket.on('data', (part) => this.#take(part));
    const broken = () => {
      if (this.#socket !== socket) return;
      socket.destroy();
      this.#settle?.reject(new Error('the connection broke'));
    };
    socket.on('error', broken).on('end', broken).on('close', broken);
  }

  async #post(method, name, text) {
    if (this.#socket.destroyed) this.#dial();
    const socket = this.#socket;
    const before = socket.bytesRead;
    try {
      return await this.#send(method, name, text);
    } catch (error) {
      // Ended as idle just when it was used again: nothing of an answer came.
      if (before === 0 || socket.bytesRead > before) throw error;
      this.#dial();
      return await this.#send(method, name, text);
    }
  }

  #send(method, name, text) {
    const { path, token, era } = this.#to;
    const lines = [
      `POST ${path} HTTP/1.1`,
      'Host: 127.0.0.1',
      'Content-Type: application/json',
      'Accept: application/json, text/event-stream',
      ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
      ...(method === 'initialize' ? [] : [`MCP-Protocol-Version: ${era}`]),
      ...(era === ERA_2026 ? [`Mcp-Method: ${method}`] : []),
      ...(era === ERA_2026 && name !== undefined ? [`Mcp-Name: ${name}`] : []),
      ...(this.session === undefined ? [] : [`Mcp-Session-Id: ${this.session}`]),
      `Content-Length: ${Buffer.byteLength(text)}`,
    ];
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(`${lines.join('\r\n')}\r\n\r\n${text}`);
    });
  }

  #take(part) {
    this.#parts.push(part);
    this.#received += part.length;
    if (this.#head === undefined && !this.#readHead()) return;
    const { from, length } = this.#head;
    const isWhole =
      length === undefined ? this.#endsIn(LAST_CHUNK) : this.#received >= from + length;
    if (!isWhole) return;
    const all = this.#whole();
    const { text: head } = this.#head;
    this.#parts = [];
    this.#received = 0;
    this.#head = undefined;
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.resolve({ head, body: all.subarray(from) });
  }

  #whole() {
    return this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
  }

  #readHead() {
    const bytes = this.#whole();
    const end = bytes.indexOf(HEAD_END);
    if (end === -1) return false;
    const text = bytes.toString('latin1', 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
    const hasBody = /\r\ntransfer-encoding: chunked/i.test(text);
    this.#head = { text, from: end + 4, length: hasBody ? undefined : Number(length ?? 0) };
    return true;
  }

  #endsIn(bytes) {
    const last = this.#parts.at(-1);
    if (last.length >= bytes.length) return last.subarray(-bytes.length).equals(bytes);
    const tail = Buffer.concat(this.#parts.slice(-bytes.length));
    return tail.subarray(-bytes.length).equals(bytes);
  }
}
