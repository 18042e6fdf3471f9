import type { ServerView } from '../../../src/authorize/policy-state.ts';

/** A tool server never seen. */
export const UNSEEN: ServerView = {
  tools: undefined,
  prompts: undefined,
  templates: undefined,
  hasResources: false,
};

/** A tool server that was seen, and has what is said of it and nothing else. */
export const seen = (has: Partial<ServerView> = {}): ServerView => ({
  tools: new Map(),
  prompts: new Map(),
  templates: new Map(),
  hasResources: false,
  ...has,
});
