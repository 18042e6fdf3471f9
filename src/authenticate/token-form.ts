import type { CredentialReason } from '../domain/reasons.ts';

/** Longest bearer string looked at, characters. Ours are under 700. */
export const MAX_TOKEN_LENGTH = 2048;

/** The exact protected header of a session token: these members, in this order, nothing else. */
export const tokenHeader = (kid: string): { alg: 'EdDSA'; typ: 'at+jwt'; kid: string } => ({
  alg: 'EdDSA',
  typ: 'at+jwt',
  kid,
});

/**
 * Looks at a bearer string before any cryptography: three parts, each the canonical base64url of
 * what it decodes to, and a header that is byte for byte one of ours.
 *
 * Comparing the header's bytes, rather than reading members from it, leaves no room for `jwk`,
 * `jku`, `x5u`, `crit`, another `alg`, or a member given twice.
 *
 * @returns the key id, or why the text is refused.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-4.1
 */
export function inspectTokenForm(
  token: string,
): { readonly kid: string } | { readonly refused: CredentialReason } {
  if (token.length > MAX_TOKEN_LENGTH) return { refused: 'malformed' };
  const parts = token.split('.');
  if (parts.length !== 3) return { refused: 'malformed' };
  for (const part of parts) {
    if (part === '' || !/^[A-Za-z0-9_-]+$/.test(part)) return { refused: 'malformed' };
    if (Buffer.from(part, 'base64url').toString('base64url') !== part) {
      return { refused: 'not_canonical' };
    }
  }
  const header = Buffer.from(parts[0] ?? '', 'base64url').toString('utf8');
  const kid = /"kid":"([A-Za-z0-9_-]{1,64})"\}$/.exec(header)?.[1];
  if (kid === undefined || header !== JSON.stringify(tokenHeader(kid))) {
    return { refused: 'header_refused' };
  }
  return { kid };
}
