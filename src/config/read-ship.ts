import { relative, resolve } from 'node:path';
import type { ShipSpec } from '../domain/ship-spec.ts';
import { configError } from './config-error.ts';
import type { ConfigFile } from './config-schema.ts';
import { isLoopback, readHeaders, readUrl } from './http-part.ts';
import { resolveReferences } from './resolve-references.ts';
import type { SpecContext } from './server-specs.ts';

type Places = NonNullable<NonNullable<ConfigFile['audit']>['ship']>;

/**
 * Reads `audit.ship`, references resolved.
 *
 * @throws BrokerError `ERR_CONFIG`; it names the key, never the value.
 */
export function readShip(
  places: Places,
  stateDir: string,
  context: SpecContext,
): readonly ShipSpec[] {
  return places.map((place, at): ShipSpec => {
    const key = `audit.ship[${at}]`;
    if ('file' in place) {
      const named = resolveReferences(place.file, `${key}.file`, context);
      const path = resolve(context.configDir, named);
      if (!relative(stateDir, path).startsWith('..')) {
        throw configError(`${key}.file: lies in the state`, 'name a file outside of it');
      }
      return { kind: 'file', key, path, format: place.format ?? 'jsonl' };
    }
    const [name, said] =
      'otlp' in place ? (['otlp', place.otlp] as const) : (['webhook', place.webhook] as const);
    const urlKey = `${key}.${name}`;
    const url = readUrl(resolveReferences(said, urlKey, context), urlKey);
    if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
      throw configError(`${urlKey}: not https`, 'on the way anybody could read what was called');
    }
    const headers = readHeaders(place.headers ?? {}, ['audit', 'ship', at, 'headers'], context);
    const common = { key, url: url.href, headers };
    return 'otlp' in place
      ? { kind: 'otlp', ...common }
      : { kind: 'webhook', ...common, format: place.format ?? 'jsonl' };
  });
}
