import type { ListKind, SessionNews } from '../domain/broker.ts';
import type { Era } from '../domain/era.ts';
import type { RpcNotification } from '../domain/json-rpc.ts';

const ALL: ReadonlySet<ListKind> = new Set(['tools', 'prompts', 'resources']);
const NONE: ReadonlySet<ListKind> = new Set();

/** The lists a client with an open channel hears of unasked: all in 2025; in 2026 it has to listen. */
export const wantedBy = (era: Era): ReadonlySet<ListKind> => (era === '2025' ? ALL : NONE);

/** The notification a client gets; `undefined` for the end of its session, which has none. */
export function newsNotification(news: SessionNews): RpcNotification | undefined {
  switch (news.kind) {
    case 'list_changed':
      return { jsonrpc: '2.0', method: `notifications/${news.of}/list_changed` };
    case 'resource_updated':
      return { jsonrpc: '2.0', method: 'notifications/resources/updated', params: news.params };
    case 'notification':
      return news.notification;
    case 'ended':
      return undefined;
  }
}
