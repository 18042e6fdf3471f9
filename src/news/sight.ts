import type { ClientChannel, ListKind } from '../domain/broker.ts';

/** What a client can list, in the parts that change by themselves. */
export type SeenPart = ListKind | 'templates';

/** What a client sees, as of one epoch. */
export interface Sight {
  readonly kind: 'sees';
  readonly epoch: number;
  /**
   * Each part as a text: equal if and only if the client sees the same. Of `resources`, which only
   * their tool servers can list: the rules that could give it some.
   */
  readonly parts: Readonly<Record<SeenPart, string>>;
  /** The rules with conditions that hold for it: they change what may be called and no list. */
  readonly conditions: string;
  /** Tool servers that could give it resources. */
  readonly resourceServers: ReadonlySet<string>;
  /** When it may become another without anybody doing anything: a grant, or the session, runs out. Epoch milliseconds. */
  readonly changesAt: number;
}

/** What a look at a client's rights finds. */
export type Looked =
  | Sight
  /** Its session is over or rests. */
  | { readonly kind: 'ended' }
  /** State moved between two reads. */
  | { readonly kind: 'moving' };

/** Looks at what a client may see now. @throws BrokerError when state cannot be read. */
export type LookAt = (
  channel: Pick<ClientChannel, 'principal' | 'onlyServer' | 'era'>,
) => Promise<Looked>;

/** The list whose change tells of a part. */
export const listOf = (part: SeenPart): ListKind => (part === 'templates' ? 'resources' : part);
