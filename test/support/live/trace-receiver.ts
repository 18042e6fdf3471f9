import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A span as a receiver of OTLP gets it, its attributes by name. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  /** 2: server, 3: client. */
  readonly kind: number;
  readonly status?: { readonly code: number };
  readonly attributes: Readonly<Record<string, string>>;
}

/** An OTLP/HTTP receiver of traces on loopback. */
export class TraceReceiver {
  /** Bodies as they came. */
  readonly bodies: string[] = [];
  readonly headers: NodeJS.Dict<string | string[]>[] = [];
  readonly #server: Server;
  /** What it answers; `undefined` never answers. */
  answer: number | undefined = 200;

  constructor() {
    this.#server = createServer(async (request, response) => {
      this.headers.push(request.headers);
      this.bodies.push(await text(request));
      if (this.answer !== undefined) response.writeHead(this.answer).end('{}');
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/traces`;
  }

  spans(): readonly ReceivedSpan[] {
    return this.bodies.flatMap((body) =>
      JSON.parse(body).resourceSpans[0].scopeSpans[0].spans.map(
        (span: { attributes: { key: string; value: Record<string, string> }[] }) => ({
          ...span,
          attributes: Object.fromEntries(
            span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
          ),
        }),
      ),
    );
  }

  close(): Promise<unknown> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
