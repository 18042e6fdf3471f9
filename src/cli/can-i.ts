import type { Command } from 'commander';
import { type CanI, canI } from '../admin/can-i.ts';
import { resourceArgs } from '../admin/recorded-use.ts';
import { explainReason } from '../authorize/explain.ts';
import { formatInstant } from '../authorize/format-grant.ts';
import { termTexts } from '../authorize/rule-text.ts';
import type { AccessRequest } from '../domain/access-request.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { termsJson } from './grant-json.ts';
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
    .option(
      '--args <json>',
      'arguments of the tool or prompt: without them, whether some would be permitted',
    )
    .option('--json', 'print an object', false)
    .action(async (subject: string, thing: string, options: Options) => {
      const named = thingArgument(thing);
      const args = options.args === undefined ? undefined : toolArguments(options.args);
      const request = withArgs(named, args, cli);
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

/** What is asked, with the arguments it is judged with: of a resource they are told by its URI. */
function withArgs(named: AccessRequest, args: JsonObject | undefined, cli: Cli): AccessRequest {
  if (named.kind === 'resource') {
    if (args !== undefined) cli.print.note('a resource has no arguments but its URI');
    return { ...named, args: resourceArgs(named.uri) };
  }
  if (args === undefined) return named;
  if (named.kind === 'tool' || named.kind === 'prompt') return { ...named, args };
  cli.print.note('what a tool server asks is permitted whatever it asks: --args has no part in it');
  return named;
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
  const terms = besides(answer);
  if (terms.length > 0) print.lines(`  besides: ${terms.join(', ')}`);
  if (answer.wouldRefuse !== undefined) {
    print.lines(
      `  on trial: ${explainReason(answer.wouldRefuse, answer.rule)}; recorded, not refused`,
    );
  }
  if (answer.retry?.retryAt !== undefined) {
    const isOpen = answer.allowed ? 'not at this hour; it is' : 'ask again';
    print.lines(`  ${isOpen} at ${formatInstant(answer.retry.retryAt)}`);
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

/** What the rule that permits it asks besides its condition, which is shown with its result. */
function besides({ allowed, terms }: CanI): readonly string[] {
  if (!allowed || terms === undefined) return [];
  const { when: _, ...others } = terms;
  return termTexts(others);
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
  terms: answer.terms === undefined ? null : termsJson(answer.terms),
  wouldRefuse: answer.wouldRefuse ?? null,
  retryAt: answer.retry?.retryAt === undefined ? null : formatInstant(answer.retry.retryAt),
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
