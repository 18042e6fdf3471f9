import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FormReason } from '../domain/reasons.ts';

/** The requests of one connection that are not answered yet, and the last one that came. */
interface Open {
  count: number;
  last: { readonly request: IncomingMessage; readonly response: ServerResponse };
}

const STATUS = { malformed_http: 400, too_slow: 408, too_large: 431 } as const;
type Fault = keyof typeof STATUS;
const TEXT: Readonly<Record<Fault, string>> = {
  malformed_http: 'Bad Request',
  too_slow: 'Request Timeout',
  too_large: 'Request Header Fields Too Large',
};

/**
 * Answers what is no request, or did not arrive in time, and ends its connection; records it, and
 * tunnels asked for and connections beyond the bound as well. What follows on such a connection is never read.
 *
 * Attack: request smuggling, where the rest of one request is read as the next. And an answer
 * written while an earlier request waits would be taken for that request's: then there is none.
 */
export function answerFaults(
  server: Server,
  note: (remote: string | undefined, reason: FormReason) => Promise<void>,
): void {
  const openOn = new WeakMap<object, Open>();
  const track = (request: IncomingMessage, response: ServerResponse): void => {
    const open = openOn.get(request.socket);
    const count = (open?.count ?? 0) + 1;
    const now: Open = open ?? { count, last: { request, response } };
    if (open === undefined) openOn.set(request.socket, now);
    now.count = count;
    now.last = { request, response };
    response.on('close', () => {
      now.count -= 1;
    });
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.prependListener(event, track);
  }
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const fault = faultOf(error.code);
    if (fault === undefined) {
      socket.destroy();
      return;
    }
    void note(socket.remoteAddress, fault);
    if (socket.writable && isNext(openOn.get(socket))) {
      socket.end(
        `HTTP/1.1 ${STATUS[fault]} ${TEXT[fault]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
    }
    socket.destroySoon();
  });
  server.on('connect', (request, socket) => {
    void note(request.socket.remoteAddress, 'form_unsupported');
    socket.destroy();
  });
  server.on('drop', (dropped?: { readonly remoteAddress?: string }) => {
    void note(dropped?.remoteAddress, 'too_many');
  });
}

/** What an error of Node's means; `undefined`: the client went away. */
function faultOf(code: string | undefined): Fault | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'too_slow';
  if (code === 'HPE_HEADER_OVERFLOW') return 'too_large';
  if (code === 'HPE_INVALID_EOF_STATE') return undefined;
  return code?.startsWith('HPE_') === true ? 'malformed_http' : undefined;
}

/** Whether the next answer on the connection is the one to the request at fault. */
function isNext(open: Open | undefined): boolean {
  if (open === undefined) return true;
  const { request, response } = open.last;
  return request.complete ? open.count === 0 : open.count === 1 && !response.headersSent;
}
