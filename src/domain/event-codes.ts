/**
 * The audit's stable event codes. A code is never renamed or reused; `docs/audit.md` lists them with
 * their fields.
 */
export const EVENT_CODES = {
  TG1001: 'call.intent',
  TG1002: 'call.outcome',
  TG1003: 'call.refused',
  TG1004: 'request.refused',
  TG1005: 'ask.refused',
  TG1006: 'refusals.summed',
  TG2001: 'authentication.failed',
  TG2002: 'session.opened',
  TG2003: 'session.revoked',
  TG2004: 'session.ended',
  TG2005: 'session.first-used',
  TG2006: 'profile.made',
  TG2007: 'profile.put-out',
  TG2008: 'client.connected',
  TG2009: 'client.disconnected',
  TG2011: 'session.suspended',
  TG2012: 'session.resumed',
  TG2013: 'client.revoked',
  TG3001: 'grant.applied',
  TG3002: 'grant.narrowed',
  TG3003: 'grant.revoked',
  TG3004: 'grant.reinstated',
  TG4001: 'catalog.pinned',
  TG4002: 'catalog.drifted',
  TG4003: 'catalog.approved',
  TG4004: 'catalog.appeared',
  TG4005: 'catalog.narrowed',
  TG4006: 'catalog.quarantined',
  TG5001: 'broker.started',
  TG5002: 'broker.stopped',
  TG5003: 'broker.lost',
  TG5004: 'server.started',
  TG5005: 'server.failed',
  TG6001: 'admin.command',
  TG6002: 'audit.checkpoint',
  TG6003: 'secret.stored',
  TG6004: 'secret.removed',
  TG7001: 'halt.ordered',
  TG7002: 'halt.lifted',
} as const;

/** A stable event code, `TG` and four digits. */
export type EventCode = keyof typeof EVENT_CODES;
