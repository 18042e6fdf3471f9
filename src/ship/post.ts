const ANSWER_MS = 30_000;
/** Bytes of an answer that are read. */
const MAX_ANSWER = 64 * 1024;

/**
 * Sends a body, and answers what came back, as far as it is short. A redirect is no answer: it would take
 * events and headers elsewhere.
 *
 * @throws Error with a `code`, and the `status`, for any status that is not a success.
 */
export async function post(
  place: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  contentType: string,
  body: string,
  signal: AbortSignal,
): Promise<string> {
  const response = await fetch(place.url, {
    method: 'POST',
    headers: { ...place.headers, 'Content-Type': contentType },
    body,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
  });
  if (!response.ok) {
    await response.body?.cancel();
    const { status } = response;
    throw Object.assign(new Error(), { code: `status ${status}`, status });
  }
  return readShort(response);
}

async function readShort({ body }: Response): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
