import type { Json } from './json.ts';

/** What is asked of the one decision. Every surface of MCP is one of these; there is no other way in. */
export type AccessRequest =
  | UseTarget
  /** Any other method a client may send. */
  | { readonly kind: 'method'; readonly method: string }
  /** What a tool server asks of the client: `elicitation`, `sampling`, `roots`, or any method it invents. */
  | { readonly kind: 'ask'; readonly server: string; readonly ask: string };

/** What a permitted request uses: the only things anything is ever sent to a tool server for. */
export type UseTarget =
  /**
   * Call a tool with `args`; without them, list it or hear of it: whether some arguments would be
   * permitted.
   */
  | { readonly kind: 'tool'; readonly server: string; readonly tool: string; readonly args?: Json }
  /**
   * Get a prompt with `args`; without them, list it, complete an argument of it or hear of it: whether
   * some arguments would be permitted.
   */
  | {
      readonly kind: 'prompt';
      readonly server: string;
      readonly prompt: string;
      readonly args?: Json;
    }
  /**
   * Read, subscribe to or hear of one resource with `args` (`{ uri }`: conditions see the normal form of
   * `uri`, whatever stands there); without them, list it. `uri` as the client or the tool server wrote it.
   */
  | {
      readonly kind: 'resource';
      readonly server: string;
      readonly uri: string;
      readonly args?: Json;
    }
  /**
   * List a resource template (RFC 6570), or complete an argument of it. `filled`: the template with some
   * of its expressions filled in, when not everything it expands to is meant.
   */
  | {
      readonly kind: 'template';
      readonly server: string;
      readonly template: string;
      readonly filled?: string;
    }
  /**
   * Reach a tool server at all: `/mcp/<server>`, starting one never seen, reading its list of
   * resources. `needs`: because a rule could give a resource of it, whatever else one gives.
   */
  | { readonly kind: 'server'; readonly server: string; readonly needs?: 'resources' };
