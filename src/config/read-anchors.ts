import { relative, resolve } from 'node:path';
import type { AlertSpec } from '../domain/alert.ts';
import type { AnchorSpec } from '../domain/anchor-spec.ts';
import { configError } from './config-error.ts';
import type { ConfigFile } from './config-schema.ts';
import { isLoopback, readHeaders, readUrl } from './http-part.ts';
import { resolveReferences } from './resolve-references.ts';
import type { SpecContext } from './server-specs.ts';

type Anchors = NonNullable<NonNullable<ConfigFile['audit']>['anchors']>;

/**
 * Reads `audit.anchors`, references resolved.
 *
 * @throws BrokerError `ERR_CONFIG`; it names the key, never the value.
 */
export function readAnchors(
  anchors: Anchors,
  stateDir: string,
  context: SpecContext,
): readonly AnchorSpec[] {
  return anchors.map((anchor, at): AnchorSpec => {
    const key = `audit.anchors[${at}]`;
    if ('stdout' in anchor) return { kind: 'stdout', key };
    if ('file' in anchor) {
      const named = resolveReferences(anchor.file, `${key}.file`, context);
      const path = resolve(context.configDir, named);
      if (!relative(stateDir, path).startsWith('..')) {
        throw configError(
          `${key}.file: lies in the state, and would be lost or changed along with it`,
          'name a file that whoever can write the state cannot write, best on another machine',
        );
      }
      return { kind: 'file', key, path };
    }
    return { kind: 'webhook', ...readWebhook(anchor, ['audit', 'anchors', at], key, context) };
  });
}

/**
 * Reads where something is posted to: `webhook` and `headers`, references resolved.
 *
 * @param path where they stand; `key` the same in words.
 * @throws BrokerError `ERR_CONFIG`; it names the key, never the value.
 */
function readWebhook(
  said: {
    readonly webhook: string;
    readonly headers?: Readonly<Record<string, string>> | undefined;
  },
  path: readonly PropertyKey[],
  key: string,
  context: SpecContext,
): AlertSpec {
  const url = readUrl(resolveReferences(said.webhook, `${key}.webhook`, context), `${key}.webhook`);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw configError(`${key}.webhook: not https`, 'on the way anybody could answer for it');
  }
  return {
    key,
    url: url.href,
    headers: readHeaders(said.headers ?? {}, [...path, 'headers'], context),
  };
}

/**
 * Reads `alerts`, references resolved.
 *
 * @throws BrokerError `ERR_CONFIG`; it names the key, never the value.
 */
export const readAlerts = (
  alerts: NonNullable<ConfigFile['alerts']>,
  context: SpecContext,
): AlertSpec => readWebhook(alerts, ['alerts'], 'alerts', context);
