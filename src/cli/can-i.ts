import type { Command } from 'commander';
import { type CanI, canI } from '../admin/can-i.ts';
import type { AccessRequest } from '../domain/access-request.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { thingArgument, toolArguments } from './parse-values.ts';
import { asInvoked, commandLine } from './shell-words.ts';

interface Options {
  readonly client?: string;
  readonly args?: string;
  readonly json: boolean;
}

/** `toolgrant can-i`: yes or no, the rule, and the command that would change the answer. */
export function addCanI(program: Command, cli: Cli): void {
  program
    .command('can-i')
    .helpGroup('Ask:')
    .description('ask the decision: exit 0 for yes, 1 for no')
    .argument('<subject>')
    .argument('<server/tool>', 'or prompt:server/name, resource:server/uri, ask:server/kind')
    .option('--client <profile>', 'through this client')
    .option('--args <json>', 'arguments of the tool: without them, whether some would be permitted')
    .option('--json', 'print an object', false)
    .action(async (subject: string, thing: string, options: Options) => {
      const named = thingArgument(thing);
      const args = options.args === undefined ? undefined : toolArguments(options.args);
      if (args !== undefined && named.kind !== 'tool') {
        cli.print.note('arguments take part in decisions about tools only');
      }
      const request = named.kind === 'tool' && args !== undefined ? { ...named, args } : named;
      cli.exit(
        await cli.withAdmin('can-i', async ({ context }) => {
          const answer = await canI(context, subject, request, options.client);
          if (options.json) cli.print.json(answerJson(answer, cli));
          else printAnswer(answer, sentence(request, subject, answer.allowed), cli);
          return answer.allowed ? EXIT.done : EXIT.no;
        }),
      );
    });
}

/** The answer, in words. */
function sentence(request: AccessRequest, subject: string, isAllowed: boolean): string {
  const may = isAllowed ? 'may' : 'may not';
  switch (request.kind) {
    case 'tool':
      return `${subject} ${may} call ${request.server}/${request.tool}`;
    case 'prompt':
      return `${subject} ${may} get the prompt ${request.server}/${request.prompt}`;
    case 'resource':
      return `${subject} ${may} read ${request.uri} of ${request.server}`;
    case 'ask':
      return `${request.server} ${may} ask clients of ${subject} for ${request.ask}`;
    case 'template':
    case 'server':
    case 'method':
      return `${subject} ${may}`;
  }
}

function printAnswer(answer: CanI, words: string, cli: Cli): void {
  const { print } = cli;
  print.lines(`${answer.allowed ? 'yes' : 'no'}: ${words}: ${answer.words}`);
  for (const grant of answer.grants) {
    print.lines(`  ${grant.id} (${grant.file}): ${grant.words}`);
  }
  for (const { grant, effect, when, result } of answer.conditions) {
    print.lines(`  ${grant}: ${effect} when ${when.replace(/\s+/g, ' ')}: ${RESULTS[result]}`);
  }
  for (const file of answer.waiting) {
    print.lines(`  ${file} waits for \`${commandLine(cli.deps.invokedAs, ['grant', 'apply'])}\``);
  }
  const note = noteOf(answer, cli);
  if (note !== null) print.lines(answer.allowed ? note : `fix: ${note}`);
  if (answer.remedy.length > 0) {
    print.lines(`fix: ${commandLine(cli.deps.invokedAs, answer.remedy)}`);
  }
  for (const words of answer.toEnd) {
    print.lines(`to end it: ${commandLine(cli.deps.invokedAs, words)}`);
  }
}

const RESULTS = { true: 'holds', false: 'does not hold', failed: 'cannot be evaluated' } as const;

const noteOf = ({ remedyNote }: CanI, cli: Cli): string | null =>
  remedyNote === undefined ? null : asInvoked(remedyNote, cli.deps.invokedAs);

const answerJson = (answer: CanI, cli: Cli) => ({
  allowed: answer.allowed,
  reason: answer.reason,
  words: answer.words,
  rule: answer.rule ?? null,
  conditions: answer.conditions,
  grants: answer.grants.map(({ id, file, reason, rule }) => ({
    id,
    file,
    reason,
    rule: rule ?? null,
  })),
  waiting: answer.waiting,
  remedy: answer.remedy.length === 0 ? null : commandLine(cli.deps.invokedAs, answer.remedy),
  remedyNote: noteOf(answer, cli),
  toEnd: answer.toEnd,
});
