import type { PinnedServer, Quarantine } from '../domain/catalog-record.ts';

/** What the decision needs to know of one configured tool server. */
export interface CatalogServer {
  /** `undefined` while the server was never seen and may be started by whoever is granted something of it. */
  readonly tools:
    | ReadonlyMap<string, { readonly hash: string; readonly quarantine?: Quarantine['reason'] }>
    | undefined;
  readonly isAwaitingApproval?: true;
}

/** Puts what is known of a server as the decision reads it. */
export function serverView(pinned: PinnedServer | undefined, asksFirst: boolean): CatalogServer {
  if (pinned === undefined) {
    return asksFirst ? { tools: new Map(), isAwaitingApproval: true } : { tools: undefined };
  }
  const tools = pinned.tools.map(
    ({ name, hash, quarantine }) =>
      [
        name,
        quarantine === undefined ? { hash } : { hash, quarantine: quarantine.reason },
      ] as const,
  );
  return { tools: new Map(tools) };
}

/** Whether anything of a server can be used, by whomever a rule permits it. */
export const isUsable = ({ tools }: CatalogServer): boolean =>
  tools === undefined || [...tools.values()].some(({ quarantine }) => quarantine === undefined);
