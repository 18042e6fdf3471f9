import { GrowingBytes } from '../domain/growing-bytes.ts';
import { utf8Reader } from '../domain/utf8.ts';

const readUtf8 = utf8Reader({ ignoreBOM: false });

/** What a body turned out to be. */
export type BoundedBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'too_long' }
  | { readonly kind: 'not_utf8' };

/**
 * Reads a response body of at most `maxBytes`, counted after decompression.
 *
 * Attack: a body without end, or a small one that unpacks into a large one.
 */
export async function readBoundedBody(response: Response, maxBytes: number): Promise<BoundedBody> {
  const body = new GrowingBytes();
  if (response.body !== null) {
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (body.size + value.byteLength > maxBytes) {
        void reader.cancel().catch(() => undefined);
        return { kind: 'too_long' };
      }
      body.append(value);
    }
  }
  try {
    return { kind: 'text', text: readUtf8(body.bytes()) };
  } catch {
    return { kind: 'not_utf8' };
  }
}

/** Lets go of a body that nobody reads. */
export function discardBody(response: Response): void {
  if (response.body !== null && !response.bodyUsed) {
    void response.body.cancel().catch(() => undefined);
  }
}
