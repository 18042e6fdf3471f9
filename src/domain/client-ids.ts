/**
 * Clients we know, as commands and profiles name them. What is known of each is data in
 * `client-config/clients.ts`. No id with a `-` after it begins another: profiles are `<id>-<subject>`.
 */
export const CLIENT_IDS = [
  'claude-desktop',
  'claude-code',
  'cursor',
  'vscode',
  'windsurf',
  'zed',
  'codex',
  'gemini-cli',
  'goose',
  'copilot-cli',
  'cline',
  'lm-studio',
  'kiro',
  'opencode',
  'amp',
  'continue',
  'claude-ai',
  'chatgpt',
] as const;

/** A client we know. */
export type ClientId = (typeof CLIENT_IDS)[number];

/** Whether a text names a client we know. */
export const isClientId = (text: string): text is ClientId =>
  CLIENT_IDS.some((client) => client === text);
