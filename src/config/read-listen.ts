import { configError } from './config-error.ts';

/** Where something listens. Port 0 takes any free one. */
export interface ListenAddress {
  /** A host name or address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`.
 *
 * @throws BrokerError `ERR_CONFIG` naming the key.
 */
export function readListen(text: string, key: string): ListenAddress {
  const groups = /^(?:\[(?<six>[0-9A-Fa-f:.]+)\]|(?<name>[0-9A-Za-z.-]+)):(?<port>\d{1,5})$/.exec(
    text,
  )?.groups;
  const host = groups?.six ?? groups?.name;
  const port = Number(groups?.port);
  if (host === undefined || port > 65_535) {
    throw configError(`${key}: not host:port`, 'such as 127.0.0.1:7433 or [::1]:7433');
  }
  return { host, port };
}
