/** What is asked of the one decision. Every surface of MCP is one of these; there is no other way in. */
export type AccessRequest =
  /** List or call a tool. Arguments do not take part yet. */
  | { readonly kind: 'tool'; readonly server: string; readonly tool: string }
  /** Reach a tool server at all (`/mcp/<server>`, or starting one never seen). */
  | { readonly kind: 'server'; readonly server: string }
  /** Any other method a client may send. */
  | { readonly kind: 'method'; readonly method: string }
  /** What a tool server asks of the client: `elicitation`, `sampling`, `roots`, or any method it invents. */
  | { readonly kind: 'ask'; readonly server: string; readonly ask: string };
