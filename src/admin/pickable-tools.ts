import { isJsonObject } from '../domain/json.ts';
import { formatToolRef } from '../domain/tool-ref.ts';
import type { AdminContext } from './admin-context.ts';

/** What a person is shown before a grant is written. */
export interface GrantChoices {
  /** Approved tools by server and name. `isReadOnly` is the server's own word (`readOnlyHint`). */
  readonly tools: readonly { readonly ref: string; readonly isReadOnly: boolean }[];
  /** Configured servers whose tools nobody has seen. */
  readonly unseen: readonly string[];
  /** Subjects of profiles and grants, sorted. */
  readonly subjects: readonly string[];
}

/** Characters that mean something in a pattern: such a tool is granted by a pattern written out. */
const NOT_LITERAL = /[*?{},\\[\]\s]/;

/** Reads what a grant could be about. Starts nothing. */
export async function grantChoices(context: AdminContext): Promise<GrantChoices> {
  const { servers } = context.catalog.snapshot();
  const names = [...context.serverNames].sort();
  const tools = names.flatMap((server) =>
    (servers.get(server)?.tools ?? [])
      .filter(({ name, quarantine }) => quarantine === undefined && !NOT_LITERAL.test(name))
      .map(({ name, definition: { annotations } }) => ({
        ref: formatToolRef({ server, tool: name }),
        isReadOnly: isJsonObject(annotations) && annotations.readOnlyHint === true,
      })),
  );
  const subjects = new Set([
    ...(await context.profiles.list()).map(({ subject }) => subject),
    ...(await context.grants.all()).map(({ subject }) => subject),
  ]);
  return {
    tools,
    unseen: names.filter((server) => !servers.has(server)),
    subjects: [...subjects].sort(),
  };
}
