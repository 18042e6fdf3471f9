/** Gives `size` random bytes. Handed in, so that the core owns no randomness. */
export type Entropy = (size: number) => Uint8Array;

/** A session's id, 160 random bits. Never a credential: knowing it opens nothing. */
export type SessionId = `ses_${string}`;
/** A running broker's id, 160 random bits. */
export type InstanceId = `ins_${string}`;
/** A session token's `jti`, 160 random bits. */
export type TokenId = `tok_${string}`;
/** Names an approval, 160 random bits. Never a credential: knowing it approves nothing. */
export type ApprovalId = `apr_${string}`;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function randomPart(entropy: Entropy): string {
  let text = '';
  for (const byte of entropy(32)) text += ALPHABET[byte & 31];
  return text;
}

/** Makes a new session id. */
export const newSessionId = (entropy: Entropy): SessionId => `ses_${randomPart(entropy)}`;
/** Makes a new instance id. */
export const newInstanceId = (entropy: Entropy): InstanceId => `ins_${randomPart(entropy)}`;
/** Makes a new token id. */
export const newTokenId = (entropy: Entropy): TokenId => `tok_${randomPart(entropy)}`;
/** Makes a new approval id. */
export const newApprovalId = (entropy: Entropy): ApprovalId => `apr_${randomPart(entropy)}`;

/** Whether a text has a session id's form. */
export const isSessionId = (text: unknown): text is SessionId =>
  typeof text === 'string' && /^ses_[0-9a-hjkmnp-tv-z]{32}$/.test(text);
/** Whether a text has a token id's form. */
export const isTokenId = (text: unknown): text is TokenId =>
  typeof text === 'string' && /^tok_[0-9a-hjkmnp-tv-z]{32}$/.test(text);
/** Whether a text has an approval id's form. */
export const isApprovalId = (text: unknown): text is ApprovalId =>
  typeof text === 'string' && /^apr_[0-9a-hjkmnp-tv-z]{32}$/.test(text);
