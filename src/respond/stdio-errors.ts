import type { RpcError } from '../domain/json-rpc.ts';

/** A stdio client came without a credential. Outside -32768..-32000, which JSON-RPC reserves. */
export const NO_CREDENTIAL = -31001;
/** A stdio client's credential is bad, expired, revoked or for another broker: one code for all. */
export const BAD_CREDENTIAL = -31002;
/** The session of a stdio client ended while it was connected. */
export const SESSION_ENDED = -31003;

const REMEDY =
  'run `toolgrant connect <client> --subject <subject>`, or hand in the token that ' +
  '`toolgrant session open --subject <subject>` prints through TOOLGRANT_TOKEN or --token-file';

/** What a stdio client without a credential is told, once, before the end. */
export const noCredential = (): RpcError => ({
  code: NO_CREDENTIAL,
  message: `no session token: ${REMEDY}`,
});

/** What a stdio client with an unusable credential is told; never which check it failed. */
export const badCredential = (): RpcError => ({
  code: BAD_CREDENTIAL,
  message: `the session token is not valid here, or no longer: ${REMEDY}`,
});

/** What a stdio client is told whose session ended under it. */
export const sessionEnded = (): RpcError => ({
  code: SESSION_ENDED,
  message: `the session has ended: ${REMEDY}`,
});
