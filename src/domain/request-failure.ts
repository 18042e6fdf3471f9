/**
 * Why a request was not answered, in a word: a code of the system's or ours. Of a message nothing is said:
 * it may hold an address or header.
 */
export function requestFailure(error: unknown): string {
  const { code, name, cause } = error as {
    readonly code?: unknown;
    readonly name?: unknown;
    readonly cause?: { readonly code?: unknown } | null;
  };
  // Of what timed out the code is a number that says nothing.
  if (name === 'TimeoutError') return 'no answer in time';
  for (const one of [code, cause?.code]) if (typeof one === 'string') return one;
  return 'it did not answer as it should';
}
