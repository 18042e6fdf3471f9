import type { Command } from 'commander';
import type { BrokerReply } from '../domain/broker.ts';
import { member, stringMember } from '../domain/json.ts';
import { formatToolRef, type ToolRef } from '../domain/tool-ref.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { toolArguments, toolRefArgument } from './parse-values.ts';
import { readGivenFile } from './read-given-file.ts';

/** `toolgrant call`: one call through the whole path, audited like any other. */
export function addCall(program: Command, cli: Cli): void {
  program
    .command('call')
    .helpGroup('Ask:')
    .description('call a tool as a subject, through the whole path')
    .argument('<server/tool>')
    .requiredOption('--as <subject>', 'whose grants decide')
    .option('--args <json>', 'arguments: a JSON object, @file, or - for standard input', '{}')
    .option('--client <profile>', 'count as this client')
    .option('--json', 'print the whole reply as JSON', false)
    .action(
      async (
        tool: string,
        options: { as: string; args: string; client?: string; json: boolean },
      ) => {
        const ref = toolRefArgument(tool);
        const args = toolArguments(await readArguments(cli, options.args));
        const reply = await cli.deps.runCall({
          ...cli.globals(),
          subject: options.as,
          ref,
          args,
          ...(options.client === undefined ? {} : { client: options.client }),
        });
        cli.exit(printReply(cli, reply, ref, options));
      },
    );
}

async function readArguments(cli: Cli, given: string): Promise<string> {
  if (given === '-') return cli.deps.readStdin();
  if (!given.startsWith('@')) return given;
  const file = given.slice(1);
  return readGivenFile(cli, file, file);
}

function printReply(
  cli: Cli,
  reply: BrokerReply,
  ref: ToolRef,
  options: { readonly as: string; readonly client?: string; readonly json: boolean },
): ExitCode {
  const { print } = cli;
  switch (reply.kind) {
    case 'result': {
      if (options.json) print.json(reply.result);
      else print.text(textOf(member(reply.result, 'content'), reply.result));
      return member(reply.result, 'isError') === true ? EXIT.no : EXIT.done;
    }
    case 'error': {
      if (options.json) print.json({ error: reply.error });
      // What the broker says of broken machinery, to clients and so to this command.
      const isFailure = reply.error.code === -32_603;
      print.error(
        `${reply.error.message} (${reply.error.code})`,
        isFailure ? 'see `toolgrant audit tail`' : undefined,
      );
      if (!isFailure) {
        const asked = ['can-i', options.as, formatToolRef(ref)];
        print.next(options.client === undefined ? asked : [...asked, '--client', options.client]);
      }
      return isFailure ? EXIT.failed : EXIT.no;
    }
    case 'cancelled':
      print.error('the call was cancelled');
      return EXIT.no;
    case 'session_ended':
      print.error('the session ended during the call');
      return EXIT.no;
  }
}

/** The text parts of a result's content; what is not text is named by its type. */
function textOf(content: unknown, result: unknown): string {
  if (!Array.isArray(content)) return JSON.stringify(result, null, 2);
  return content
    .map((part) => stringMember(part, 'text') ?? `[${stringMember(part, 'type') ?? 'unknown'}]`)
    .join('\n');
}
