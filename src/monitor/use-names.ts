import type { UseTarget } from '../domain/access-request.ts';
import { beginningOf } from '../domain/beginning-of.ts';
import type { Origin } from '../domain/broker.ts';

/** Characters of the longest name: a client may ask for any, and what was refused is remembered. */
const MAX_NAME = 1_024;

/** What the monitor calls what is used. Resources of one server are one thing: their URIs have no end. */
export function thingOf(target: UseTarget): string {
  switch (target.kind) {
    case 'tool':
      return `${target.server}/${beginningOf(target.tool, MAX_NAME)}`;
    case 'prompt':
      return `prompt:${target.server}/${beginningOf(target.prompt, MAX_NAME)}`;
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
