import type { AdminSpec, TracesSpec } from '../domain/telemetry-spec.ts';
import { configError } from './config-error.ts';
import type { ConfigFile } from './config-schema.ts';
import { isLoopback, readHeaders, readUrl } from './http-part.ts';
import { readListen } from './read-listen.ts';
import { resolveReferences } from './resolve-references.ts';
import type { SpecContext } from './server-specs.ts';

/**
 * Reads `telemetry.traces`, references resolved.
 *
 * @throws BrokerError `ERR_CONFIG`; it names the key, never the value.
 */
export function readTraces(
  { url: said, headers = {} }: NonNullable<NonNullable<ConfigFile['telemetry']>['traces']>,
  context: SpecContext,
): TracesSpec {
  const key = 'telemetry.traces';
  const url = readUrl(resolveReferences(said, `${key}.url`, context), `${key}.url`);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw configError(`${key}.url: not https`, 'on the way anybody could read what was called');
  }
  return {
    key,
    url: url.href,
    headers: readHeaders(headers, ['telemetry', 'traces', 'headers'], context),
  };
}

const NAME = /^[A-Za-z0-9.-]{1,255}$/;

/**
 * Reads `admin`, references resolved. Attack: a listener that was meant for this machine tells others
 * which tools are used.
 *
 * @throws BrokerError `ERR_CONFIG`.
 */
export function readAdmin(
  { listen, beyondLoopback = false, hosts = [] }: NonNullable<ConfigFile['admin']>,
  read: (text: string, key: string) => string,
): AdminSpec {
  const address = readListen(read(listen, 'admin.listen'), 'admin.listen');
  const isHere = isLoopback(address.host) || address.host === '::1';
  if (!isHere && !beyondLoopback) {
    throw configError(
      'admin.listen: can be reached from other machines, and asks nobody who they are',
      'listen on 127.0.0.1, or set admin.beyondLoopback to true and let only those in who may read it',
    );
  }
  const wrong = hosts.findIndex((name) => !NAME.test(name));
  if (wrong !== -1) {
    throw configError(`admin.hosts[${wrong}]: not a host name`, 'such as broker.internal');
  }
  return { ...address, hosts: hosts.map((name) => name.toLowerCase()) };
}
