import type { RpcError } from '../domain/json-rpc.ts';
import type { FormReason } from '../domain/reasons.ts';

/** Why a message was refused by its form, for the audit, from what the client is told. */
export function formReason({ code }: RpcError): FormReason {
  switch (code) {
    case -32700:
      return 'malformed_json';
    case -32020:
      return 'header_mismatch';
    case -32022:
      return 'revision_unsupported';
    case -32602:
      return 'envelope_invalid';
    default:
      return 'invalid_message';
  }
}
