import { member } from '../domain/json.ts';
import type { RpcNotification, RpcRequest } from '../domain/json-rpc.ts';

/**
 * Puts the client's own progress token on a notification that belongs to its request; `undefined`
 * for progress the client did not ask for. Other notifications pass as they are.
 */
export function forClient(
  notification: RpcNotification,
  request: RpcRequest,
): RpcNotification | undefined {
  if (notification.method !== 'notifications/progress') return notification;
  const progressToken = member(member(request.params, '_meta'), 'progressToken');
  if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return undefined;
  return { ...notification, params: { ...notification.params, progressToken } };
}
