import { type Command, Option } from 'commander';
import type { EventField } from '../audit/event-fields.ts';
import type { EventFilter } from '../audit/event-store.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventCode } from '../domain/event-codes.ts';
import type { Cli } from './cli.ts';
import {
  byteSizeOption,
  countOption,
  eventCodeOption,
  instantOption,
  latencyOption,
  whereOption,
} from './parse-values.ts';

/** Conditions as they were typed. */
export type ConditionOptions = {
  readonly [Field in Exclude<EventField, 'ref' | 'hour' | 'code'>]?: string;
} & {
  readonly code?: EventCode;
  readonly denied?: boolean;
  readonly since?: number;
  readonly until?: number;
  readonly from?: number;
  readonly to?: number;
  /** Microseconds. */
  readonly slowerThan?: number;
  /** Bytes. */
  readonly largerThan?: number;
  readonly where?: NonNullable<EventFilter['where']>;
};

/** Fields that are asked for by their exact text. */
const TEXTS: readonly (readonly [flags: string, description: string])[] = [
  ['--session <id>', ''],
  ['--subject <id>', ''],
  ['--client <profile>', ''],
  ['--server <name>', ''],
  ['--tool <name>', "the tool server's own name for it, or server/tool"],
  ['--prompt <name>', ''],
  ['--resource <uri>', ''],
  ['--template <uri>', 'an RFC 6570 template'],
  ['--method <method>', 'of what is no call of a tool'],
  ['--reason <reason>', 'such as no_rule'],
  ['--outcome <outcome>', 'such as ok or withheld'],
  ['--grant <id>', 'decided by it, or about it'],
  ['--rule <file:line>', 'decided by it'],
  ['--would-refuse <reason>', 'what a rule on trial would have refused it for'],
  ['--approval <id>', ''],
  ['--args <hmac>', 'with these arguments, by the argsHmac of another event'],
  ['--definition <hash>', 'of this definition'],
  ['--intent <seq>', 'of the call with this intent'],
  ['--request <id>', "the client's JSON-RPC id"],
  ['--trace <traceparent>', ''],
  ['--transport <transport>', 'stdio, http or cli'],
  ['--remote <address>', ''],
  ['--revision <revision>', 'protocol revision'],
  ['--instance <id>', 'written by this process'],
  ['--command <words>', 'an admin command, such as "grant revoke"'],
];

/** Adds the options that say which events are meant. */
export function addConditions(command: Command, cli: Cli): Command {
  const instant = instantOption(cli.deps.now);
  for (const [flags, description] of TEXTS) command.option(flags, description);
  return command
    .option('--code <code>', 'TG1003 or call.refused', eventCodeOption)
    .addOption(new Option('--decision <decision>').choices(['permit', 'deny']))
    .addOption(new Option('--denied', 'the same as --decision deny').conflicts('decision'))
    .option('--since <instant>', 'from then on: an instant, or a duration ago such as 2h', instant)
    .option('--until <instant>', 'before then', instant)
    .option('--from <seq>', 'from this event on', countOption)
    .option('--to <seq>', 'up to this event', countOption)
    .option('--slower-than <duration>', 'took as long or longer, such as 2s', latencyOption)
    .option('--larger-than <size>', 'its result has as many bytes or more', byteSizeOption);
}

/** Adds the option that asks for any other member of an event: of commands that read the events. */
export const addWhere = (command: Command): Command =>
  command.option(
    '--where <field=value>',
    'any field by its path, such as detail.signal=burst; without an index; repeatable',
    whereOption,
  );

/**
 * What was typed, as a filter. A tool with a slash and no server is `server/tool`.
 *
 * @throws BrokerError `ERR_USAGE` for a span that ends before it begins: nothing could be in it.
 */
export function filterOf(options: ConditionOptions): EventFilter {
  const { denied, from, to, tool, slowerThan, largerThan, ...rest } = options;
  if ((from ?? 0) > (to ?? Number.POSITIVE_INFINITY)) throw upsideDown('--from and --to');
  if ((rest.since ?? 0) >= (rest.until ?? Number.POSITIVE_INFINITY)) {
    throw upsideDown('--since and --until');
  }
  const slash = rest.server === undefined ? (tool?.indexOf('/') ?? -1) : -1;
  return {
    ...rest,
    ...(denied === true ? { decision: 'deny' } : {}),
    ...(from === undefined ? {} : { fromSeq: from }),
    ...(to === undefined ? {} : { toSeq: to }),
    ...(slowerThan === undefined && largerThan === undefined
      ? {}
      : {
          atLeast: {
            ...(slowerThan === undefined ? {} : { durationUs: slowerThan }),
            ...(largerThan === undefined ? {} : { resultBytes: largerThan }),
          },
        }),
    ...(tool === undefined || slash > 0 ? {} : { tool }),
    ...(tool === undefined || slash <= 0
      ? {}
      : { server: tool.slice(0, slash), tool: tool.slice(slash + 1) }),
  };
}

const upsideDown = (span: string): BrokerError =>
  new BrokerError('ERR_USAGE', `nothing lies between ${span}`, {
    hint: 'exchange them, or leave one out',
  });
