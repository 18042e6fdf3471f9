import { member } from '../domain/json.ts';
import type { AdminContext } from './admin-context.ts';
import { type CanI, canI } from './can-i.ts';

/** Commands to try, as words after `toolgrant`; absent where there is none of the kind. */
export interface ToTry {
  readonly allowed?: readonly string[];
  readonly refused?: readonly string[];
  /** What would permit the refused one. */
  readonly allow?: readonly string[];
}

/** Most tools the decision is asked about. */
const MOST_ASKED = 60;

/**
 * Finds one call the subject may make and one it may not, by asking the one decision. Preferably one
 * that needs no arguments, and both of one tool server.
 */
export async function callsToTry(
  context: AdminContext,
  subject: string,
  servers: readonly string[],
): Promise<ToTry> {
  const pinned = context.catalog.snapshot().servers;
  const tools = [...servers]
    .sort()
    .flatMap((server) =>
      (pinned.get(server)?.tools ?? [])
        .filter(({ quarantine }) => quarantine === undefined)
        .map(({ name, definition }) => ({ server, tool: name, needs: needsOf(definition) })),
    )
    .sort((a, b) => a.needs.length - b.needs.length)
    .slice(0, MOST_ASKED);
  let allowed: Asked | undefined;
  let refused: Asked | undefined;
  for (const one of tools) {
    if (allowed !== undefined && refused?.server === allowed.server) break;
    const { server, tool } = one;
    const request = { kind: 'tool', server, tool } as const;
    const asked = { ...one, answer: await canI(context, subject, request, undefined) };
    if (asked.answer.allowed) allowed ??= asked;
    // One of the same tool server shows best what the grant leaves out.
    else if (refused === undefined || asked.server === allowed?.server) refused = asked;
  }
  const call = ({ server, tool }: Asked) => ['call', `${server}/${tool}`, '--as', subject];
  return {
    ...(allowed === undefined ? {} : { allowed: [...call(allowed), ...exampleOf(allowed.needs)] }),
    ...(refused === undefined ? {} : { refused: call(refused), allow: refused.answer.remedy }),
  };
}

interface Asked {
  readonly server: string;
  readonly tool: string;
  readonly needs: readonly string[];
  readonly answer: CanI;
}

/** Arguments a definition requires. */
function needsOf(definition: unknown): readonly string[] {
  const required = member(member(definition, 'inputSchema'), 'required');
  return Array.isArray(required) ? required.filter((one) => typeof one === 'string') : [];
}

const exampleOf = (needs: readonly string[]): readonly string[] =>
  needs.length === 0
    ? []
    : ['--args', JSON.stringify(Object.fromEntries(needs.map((name) => [name, '…'])))];
