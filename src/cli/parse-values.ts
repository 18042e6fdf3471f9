import { InvalidArgumentError } from 'commander';
import { parseByteSize } from '../authorize/byte-size.ts';
import { parseDuration } from '../authorize/duration.ts';
import { parseHours } from '../authorize/hours.ts';
import { parseRate } from '../authorize/rate.ts';
import { kindedPattern } from '../authorize/rule-kind.ts';
import type { AccessRequest } from '../domain/access-request.ts';
import { BrokerError } from '../domain/errors.ts';
import { EVENT_CODES, type EventCode } from '../domain/event-codes.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { parseJson } from '../domain/json-text.ts';
import { parseDatabaseSize } from '../domain/retention.ts';
import type { Rate } from '../domain/rule-terms.ts';
import { parseToolRef, type ToolRef } from '../domain/tool-ref.ts';

/** A duration such as `30m`, `8h` or `7d`, in milliseconds. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) {
    if (/^0+[smhd]$/.test(text))
      throw new InvalidArgumentError('use more than nothing, such as 8h');
    throw new InvalidArgumentError('use a number and s, m, h or d, such as 30m or 8h');
  }
  return ms;
}

/** How long a call takes, such as `500ms` or `2s`, in microseconds. */
export function latencyOption(text: string): number {
  const [, many, unit = ''] = /^([1-9]\d{0,6})(ms|s|m)$/.exec(text) ?? [];
  if (many === undefined) throw new InvalidArgumentError('use a number and ms, s or m, such as 2s');
  return Number(many) * ({ ms: 1_000, s: 1_000_000, m: 60_000_000 }[unit] ?? 0);
}

/** A member of an event by its path, and its value: `detail.signal=burst`, beside those before it. */
export function whereOption(
  text: string,
  before: readonly (readonly [path: string, value: string])[] | undefined,
): readonly (readonly [path: string, value: string])[] {
  const at = text.indexOf('=');
  const [path, value] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || path.split('.').includes('')) {
    throw new InvalidArgumentError('use a field and its value, such as clientInfo.name=claude-ai');
  }
  return [...(before ?? []), [path, value]];
}

/** A rate such as `10/h` or `5/10m`, beside those before it: all of them hold. */
export function rateOption(text: string, before: readonly Rate[] | undefined): readonly Rate[] {
  const parsed = parseRate(text);
  if (!parsed.ok) throw new InvalidArgumentError(`it ${parsed.message}`);
  return [...(before ?? []), parsed.rate];
}

/** A size such as `64KB`, in bytes. */
export function byteSizeOption(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined) {
    throw new InvalidArgumentError('use a number and B, KB or MB, such as 64KB');
  }
  return bytes;
}

/** A size of a database such as `500MB` or `10GB`, in bytes. */
export function databaseSizeOption(text: string): number {
  const bytes = parseDatabaseSize(text);
  if (bytes === undefined)
    throw new InvalidArgumentError('use a number and MB or GB, such as 10GB');
  return bytes;
}

/** Hours such as `Mon-Fri 08:00-18:00 Europe/Berlin`, as written. */
export function hoursOption(text: string): string {
  const parsed = parseHours(text);
  if (!parsed.ok) {
    const hint = parsed.hint === undefined ? '' : ` (${parsed.hint})`;
    throw new InvalidArgumentError(`it ${parsed.message}${hint}`);
  }
  return text;
}

/** A positive integer. */
export function countOption(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('use a positive number');
  return Number(text);
}

/** A TCP port; 0 lets the system choose. */
export function portOption(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError('use a number from 0 to 65535');
  }
  return Number(text);
}

/** Collects a repeatable option. */
export const collect = (
  value: string,
  before: readonly string[] | undefined,
): readonly string[] => [...(before ?? []), value];

/**
 * A point in time: an ISO 8601 instant with a zone, a day from its beginning in UTC, or a duration ago such
 * as `1h`. Epoch microseconds.
 */
export function instantOption(now: () => number): (text: string) => number {
  return (text) => {
    const ago = parseDuration(text);
    if (ago !== undefined) return (now() - ago) * 1000;
    const isInstant =
      /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text);
    const at = isInstant ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(at)) {
      throw new InvalidArgumentError(
        'use 2026-11-22T18:00:00Z, 2026-11-22, or a duration ago such as 1h',
      );
    }
    return at * 1000;
  };
}

/** An event code: `TG1003`, or its name, `call.refused`. */
export function eventCodeOption(text: string): EventCode {
  for (const [code, name] of Object.entries(EVENT_CODES)) {
    if (code === text || name === text) return code as EventCode;
  }
  throw new InvalidArgumentError('use a code such as TG1003 or a name such as call.refused');
}

/**
 * A tool ref, `server/tool`.
 *
 * @throws BrokerError `ERR_USAGE`.
 */
export function toolRefArgument(text: string): ToolRef {
  const ref = parseToolRef(text);
  // No server's name holds a colon: another kind of thing, or one that nobody knows.
  if (ref === undefined || ref.server.includes(':')) {
    throw new BrokerError('ERR_USAGE', `not a tool ref: ${text}`, {
      hint: 'write server/tool, such as files/read_text_file',
    });
  }
  return ref;
}

/**
 * What a rule can be about: `server/tool`, `prompt:server/name`, `resource:server/uri`,
 * `ask:server/elicitation`.
 *
 * @throws BrokerError `ERR_USAGE`.
 */
export function thingArgument(text: string): AccessRequest {
  const { kind, glob } = kindedPattern(text);
  if (kind === 'tool') return { kind, ...toolRefArgument(text) };
  const slash = glob.indexOf('/');
  const [server, name] = [glob.slice(0, Math.max(slash, 0)), glob.slice(slash + 1)];
  if (server === '' || name === '') {
    throw new BrokerError('ERR_USAGE', `not a ${kind} of a tool server: ${text}`, {
      hint: `write ${EXAMPLES[kind]}`,
    });
  }
  switch (kind) {
    case 'prompt':
      return { kind, server, prompt: name };
    case 'resource':
      return { kind, server, uri: name };
    case 'ask':
      return { kind, server, ask: name };
  }
}

const EXAMPLES = {
  prompt: 'prompt:server/name, such as prompt:github/triage',
  resource: 'resource:server/uri, such as resource:files/file:///home/alice/notes.txt',
  ask: 'ask:server/elicitation, or sampling or roots in its place',
} as const;

/**
 * Arguments of a tool as a JSON object. The message never quotes them: they may hold a secret.
 *
 * @throws BrokerError `ERR_USAGE`.
 */
export function toolArguments(text: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw new BrokerError('ERR_USAGE', '--args is not valid JSON', {
      hint: `quote it for the shell: --args '{"path": "notes.txt"}'`,
    });
  }
  if (!isJsonObject(value)) {
    throw new BrokerError('ERR_USAGE', '--args must be a JSON object', {
      hint: `such as --args '{"path": "notes.txt"}'`,
    });
  }
  return value;
}
