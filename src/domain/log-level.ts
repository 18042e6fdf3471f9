/** Severities of log messages, least severe first (RFC 5424, as MCP names them). */
export const LOG_LEVELS: readonly string[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
];

/** Whether a message of one level is for whoever wants `wanted` and what is worse; never for unknown ones. */
export const isWorthTelling = (level: string, wanted: string): boolean =>
  LOG_LEVELS.includes(wanted) && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(wanted);
