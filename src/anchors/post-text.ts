const WEBHOOK_MS = 10_000;

/**
 * Posts a text within ten seconds. A redirect is no answer: it would take the headers elsewhere.
 *
 * @throws Error with a `code` that says what went wrong and nothing of address or headers.
 */
export async function postText(
  to: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  type: 'text/plain; charset=utf-8' | 'application/json',
  body: string,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(to.url, {
    method: 'POST',
    headers: { ...to.headers, 'Content-Type': type },
    body,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(WEBHOOK_MS)]),
  });
  await response.body?.cancel();
  if (!response.ok) throw Object.assign(new Error(), { code: `status ${response.status}` });
}
