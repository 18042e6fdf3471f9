import type { UseTarget } from '../domain/access-request.ts';
import type { Origin } from '../domain/broker.ts';

/** What the monitor calls what is used. Resources of one server are one thing: their URIs have no end. */
export function thingOf(target: UseTarget): string {
  switch (target.kind) {
    case 'tool':
      return `${target.server}/${target.tool}`;
    case 'prompt':
      return `prompt:${target.server}/${target.prompt}`;
    case 'resource':
    case 'template':
    case 'server':
      return `resource:${target.server}`;
  }
}

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/** Where a use comes from. Every address of this machine's own is one place. */
export const placeOf = ({ transport, remote }: Origin): string =>
  `${transport} ${remote === undefined || LOOPBACK.test(remote) ? 'here' : remote}`;
