import { isIP, isIPv4 } from 'node:net';
import { BrokerError } from '../domain/errors.ts';
import type { ReceivedHeaders } from './http-headers.ts';

/** Where the HTTP face listens and how it is reached from outside. */
export interface Address {
  readonly host: string;
  /** The URL clients use when it is not the loopback one; https unless `insecureHttp`. */
  readonly publicUrl?: string;
  /** Accepts plain http beyond loopback: tokens travel in the clear. */
  readonly insecureHttp?: boolean;
}

/** Which `Host` and `Origin` values are ours. Names are in lower case, IPv6 addresses in brackets. */
export interface AddressRules {
  readonly hostnames: readonly string[];
  readonly originHostnames: readonly string[];
  readonly publicHost?: string;
  readonly publicOrigin?: string;
  /** Listening beyond loopback without a name: any address may be ours, no name is. */
  readonly acceptsAnyIp: boolean;
}

/**
 * Works out which `Host` and `Origin` values to accept.
 *
 * @throws BrokerError `ERR_CONFIG` for an address beyond loopback without an https `publicUrl` or
 * `insecureHttp`, and for a `publicUrl` that is not one.
 */
export function addressRules({ host, publicUrl, insecureHttp = false }: Address): AddressRules {
  const url = publicUrl === undefined ? undefined : readPublicUrl(publicUrl, insecureHttp);
  const onLoopback = isLoopback(host);
  if (!onLoopback && url === undefined && !insecureHttp) {
    throw new BrokerError('ERR_CONFIG', `listening on ${host} needs a publicUrl with https`, {
      hint: 'set publicUrl, listen on 127.0.0.1, or pass --insecure-http',
    });
  }
  return {
    hostnames: [...LOOPBACK_NAMES, (isIP(host) === 6 ? `[${host}]` : host).toLowerCase()],
    originHostnames: onLoopback ? LOOPBACK_NAMES : [],
    acceptsAnyIp: !onLoopback && url === undefined,
    ...(url === undefined ? {} : { publicHost: url.host, publicOrigin: url.origin }),
  };
}

const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** Whether an address is reachable from this machine only. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

function readPublicUrl(text: string, insecureHttp: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && insecureHttp)) return url;
  throw new BrokerError('ERR_CONFIG', 'publicUrl must be an https URL');
}

const HOST_FORM = /^([A-Za-z0-9.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;
const ORIGIN_FORM = /^https?:\/\/(?<host>.+)$/;

/**
 * Whether `Host` and `Origin` are ours, each checked on its own, before anything else is looked at.
 * On loopback names are compared and ports are not. A header sent twice is refused. Names are
 * compared as they are written: `127.1` and `localhost.` are other spellings than any client's.
 *
 * Attack: DNS rebinding, a web page whose name is made to resolve to this machine.
 */
export function isAddressed(
  headers: Pick<ReceivedHeaders, 'host' | 'origin'>,
  rules: AddressRules,
): boolean {
  const { host, origin } = headers;
  if (host?.length !== 1 || !isOurHost(host[0] ?? '', rules)) return false;
  return origin === undefined || (origin.length === 1 && isOurOrigin(origin[0] ?? '', rules));
}

function isOurHost(host: string, rules: AddressRules): boolean {
  const name = nameOf(host);
  if (name === undefined) return false;
  if (host.toLowerCase() === rules.publicHost || rules.hostnames.includes(name)) return true;
  return rules.acceptsAnyIp && isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

function isOurOrigin(origin: string, rules: AddressRules): boolean {
  if (origin === rules.publicOrigin) return true;
  const name = nameOf(ORIGIN_FORM.exec(origin)?.groups?.host ?? '');
  return name !== undefined && rules.originHostnames.includes(name);
}

/** The name in `name` or `name:port`, in lower case. */
const nameOf = (host: string): string | undefined => HOST_FORM.exec(host)?.[1]?.toLowerCase();
