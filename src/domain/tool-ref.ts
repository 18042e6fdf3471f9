/** The authorized object: one tool of one tool server, by the server's own name for it. */
export interface ToolRef {
  readonly server: string;
  readonly tool: string;
}

/** Writes a tool ref as `server/tool`. */
export const formatToolRef = (ref: ToolRef): string => `${ref.server}/${ref.tool}`;

/** Reads `server/tool`; the tool's name may itself hold slashes. `undefined` when either part is empty. */
export function parseToolRef(text: string): ToolRef | undefined {
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1) return undefined;
  return { server: text.slice(0, slash), tool: text.slice(slash + 1) };
}

/** Whether a text can be a tool server's key: `[A-Za-z0-9_-]{1,24}`, no `__`, no `_` at either end. */
export const isServerKey = (text: string): boolean =>
  /^[A-Za-z0-9_-]{1,24}$/.test(text) &&
  !text.includes('__') &&
  !text.startsWith('_') &&
  !text.endsWith('_');
