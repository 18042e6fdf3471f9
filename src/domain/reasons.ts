/**
 * Why policy said no. A closed vocabulary, recorded exactly and told to clients coarsely
 * (`respond/`). Add, never rename: reasons are in audit logs.
 */
export type DenyReason =
  /** No grant names this subject. */
  | 'no_grant'
  /** Grants name the subject, none of their rules matches. */
  | 'no_rule'
  /** Only expired grants would permit it. */
  | 'grant_expired'
  /** Only grants for other clients would permit it. */
  | 'client_not_granted'
  /** Only grants whose `session.life` this session has outlived would permit it. */
  | 'session_life_exceeded'
  /** Only grants whose `session.idle` has passed since their last use in this session would permit it. */
  | 'session_idle_exceeded'
  /** Only grants whose `session.maxCalls` is used up in this session would permit it. */
  | 'session_calls_exceeded'
  /** Only grants of which as many uses run in this session as `session.concurrent` says would permit it. */
  | 'session_concurrency_exceeded'
  /** A deny rule matches. */
  | 'denied_by_rule'
  /** A deny rule matches, and its condition holds for these arguments. */
  | 'denied_by_condition'
  /** Only rules whose conditions do not hold for these arguments would permit it. */
  | 'condition_false'
  /** The conditions that would have to permit it, or one that would deny it, cannot be evaluated. */
  | 'condition_failed'
  /** Only rules whose `limit` is used up would permit it. */
  | 'limit_reached'
  /** Only rules whose `hours` it is not would permit it. */
  | 'outside_hours'
  /** Only rules that ask for an approval permit it, and there is none yet for this exact use. */
  | 'approval_needed'
  /** The approval of this exact use was denied. */
  | 'approval_denied'
  /** More uses of the session wait for an approval than may. */
  | 'approvals_exhausted'
  /** The result is larger than the rule's `maxResult`. */
  | 'result_too_large'
  /** The result holds what the tool server's `results` settings withhold. */
  | 'result_withheld'
  /** No tool server of that name is configured. */
  | 'server_unknown'
  /** The tool server has no such tool in its pinned definitions. */
  | 'tool_unknown'
  /** The tool server's definition of the tool differs from the pinned one. */
  | 'tool_drifted'
  /** The tool, or its whole tool server, was never approved. */
  | 'tool_unapproved'
  /** An admin or the reviewed lock file took the tool out. */
  | 'tool_quarantined'
  /** The tool server has no such prompt or resource template in its pinned definitions. */
  | 'item_unknown'
  /** Its definition differs from the pinned one. */
  | 'item_drifted'
  /** It, or its whole tool server, was never approved. */
  | 'item_unapproved'
  /** An admin or the reviewed lock file took it out. */
  | 'item_quarantined'
  /** A URI without a normal form: tool servers could read it in more than one way. */
  | 'uri_ambiguous'
  /** A surface this version does not open, or a method nobody knows. */
  | 'surface_closed'
  /** A tool server asked something of the client that no rule permits. */
  | 'ask_not_granted'
  /** A tool server asked something that this client, or its connection, cannot be asked. */
  | 'client_incapable'
  /** A cursor, request state or task id that is not this session's, not for this use, too old or used before. */
  | 'handle_invalid'
  /** The session is subscribed to as many resources as it may be. */
  | 'subscriptions_exhausted'
  /** The monitor refuses it: what the session did before was flagged. */
  | 'monitor_refused'
  /** The monitor lets the session wait: it does too much, or asks for too much that it may not have. */
  | 'throttled'
  /** An admin ordered that everything is refused. */
  | 'halted'
  /** The session was revoked. */
  | 'session_revoked'
  /** The session is suspended. */
  | 'session_suspended'
  /** The session has expired or ended. */
  | 'session_expired'
  /** The clock is behind the last event: what has expired would be in force again. */
  | 'clock_behind'
  /** State changed three times while deciding. */
  | 'state_changing'
  /** State could not be read while a call was running. */
  | 'state_unreadable'
  /** The store was busy beyond the waiting time. */
  | 'store_contended';

/** Why a credential was refused. Recorded exactly; clients see one wording for all but `missing`. */
export type CredentialReason =
  | 'missing'
  | 'malformed'
  | 'not_canonical'
  | 'header_refused'
  | 'key_unknown'
  /** The signing key was revoked while a session was opened with it. */
  | 'key_revoked'
  | 'signature_invalid'
  | 'claims_invalid'
  | 'not_yet_valid'
  | 'token_expired'
  | 'session_unknown'
  | 'session_mismatch'
  | 'session_revoked'
  | 'session_suspended'
  | 'session_expired'
  | 'state_unreadable'
  | 'profile_unknown'
  | 'profile_revoked'
  /** A session of the profile is suspended. */
  | 'profile_suspended'
  /** Everything is halted: no session is opened. */
  | 'halted';

/** Why a face refused what it was sent, before it was a request anybody could decide on. */
export type FormReason =
  /** `Host` or `Origin` is not ours. */
  | 'address_refused'
  /** The path, or the transport session it names, does not exist. */
  | 'target_unknown'
  /** An HTTP method, media type or encoding we do not take. */
  | 'form_unsupported'
  | 'too_large'
  /** The broker is stopping. */
  | 'closing'
  /** More at once than a face takes. */
  | 'too_many'
  /** Bytes that are no HTTP request, or one whose length can be read in two ways. */
  | 'malformed_http'
  /** A request that did not arrive in time. */
  | 'too_slow'
  | 'malformed_json'
  /** JSON, but no JSON-RPC message we accept: a batch, an unknown envelope member, a disguised one. */
  | 'invalid_message'
  /** A 2025 request over HTTP without `Mcp-Session-Id`. */
  | 'session_missing'
  /** A response to nothing that was asked. */
  | 'response_unasked'
  | 'duplicate_id'
  | 'header_mismatch'
  | 'revision_unsupported'
  | 'envelope_invalid'
  /** Nothing was wrong with it: something of ours broke, and the log says what. */
  | 'failed';
