import type { Command } from 'commander';
import {
  type EventExplanation,
  explainEvent,
  type RecordedCondition,
} from '../admin/explain-event.ts';
import { explainReason } from '../authorize/explain.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatMicros } from './format-instant.ts';
import { countOption } from './parse-values.ts';
import { asInvoked, commandLine } from './shell-words.ts';

/** `toolgrant explain`: why a recorded call was decided as it was, and what would be decided now. */
export function addExplain(program: Command, cli: Cli): void {
  program
    .command('explain')
    .helpGroup('Ask:')
    .description('why a recorded call was decided as it was, and what would be decided now')
    .argument('<seq>', 'number of its event: an intent, a refusal or an outcome', countOption)
    .option('--json', 'print an object', false)
    .action(async (seq: number, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('explain', async ({ context }) => {
          const found = await explainEvent(context, seq);
          if (options.json) cli.print.json(explanationJson(found, cli));
          else printExplanation(found, cli);
          return EXIT.done;
        }),
      );
    });
}

const RESULTS = {
  true: 'held',
  false: 'did not hold',
  failed: 'could not be evaluated',
} as const;

function printExplanation(found: EventExplanation, cli: Cli): void {
  const { print } = cli;
  const { event, rule, now } = found;
  const who =
    event.client === undefined ? event.subject : `${event.subject} through ${event.client}`;
  const did = event.decision === 'permit' ? 'permitted' : 'refused';
  print.lines(
    `${event.seq}  ${formatMicros(event.at)}  ${who}: ${found.what}`,
    `${did}: ${found.words}`,
  );
  if (rule !== undefined) {
    const text = found.ruleText ?? `${rule.effect} ${rule.pattern}`;
    print.lines(`  ${rule.file}:${rule.line} (revision ${rule.revision}): ${text}`);
  }
  for (const each of found.conditions) print.lines(`  ${conditionLine(each)}`);
  if (event.wouldRefuse !== undefined) {
    print.lines(`  on trial: ${reasonWords(event.wouldRefuse)}; it was recorded, not refused`);
  }
  if (event.approval !== undefined) {
    print.lines(
      `  approval ${event.approval}: ${commandLine(cli.deps.invokedAs, ['approvals', 'show', event.approval])}`,
    );
  }
  if (found.outcome !== undefined) {
    const { seq, outcome, words } = found.outcome;
    print.lines(`  ${seq}: ${outcome}${words === undefined ? '' : `: ${words}`}`);
  }
  for (const other of found.others ?? []) {
    print.lines(`  besides, ${other.id} (${other.file}): ${other.words}`);
  }
  if (now.kind === 'undecidable') print.lines(`now: undecidable: ${now.words}`);
  else {
    print.lines(`now: ${now.allowed ? 'permitted' : 'refused'}: ${now.words}`);
    if (now.terms.length > 0) print.lines(`  besides: ${now.terms.join(', ')}`);
    if (now.wouldRefuse !== undefined) {
      print.lines(`  on trial: ${reasonWords(now.wouldRefuse)}; recorded, not refused`);
    }
  }
  for (const line of found.changed) print.lines(`  since then: ${line}`);
  for (const line of found.undecidable) {
    if (now.kind !== 'undecidable' || !line.startsWith('what would be decided now'))
      print.lines(`undecidable: ${line}`);
  }
  if (now.kind === 'undecidable') return;
  if (now.remedyNote !== undefined) {
    const note = asInvoked(now.remedyNote, cli.deps.invokedAs);
    print.lines(now.allowed ? note : `fix: ${note}`);
  }
  if (now.remedy.length > 0) print.lines(`fix: ${commandLine(cli.deps.invokedAs, now.remedy)}`);
  for (const words of now.toEnd) {
    print.lines(`to end it: ${commandLine(cli.deps.invokedAs, words)}`);
  }
}

const reasonWords = (reason: string): string => explainReason(reason as DenyReason, undefined);

function conditionLine({
  grant,
  index,
  result,
  effect,
  when,
  file,
  line,
}: RecordedCondition): string {
  const what =
    when === undefined || effect === undefined
      ? `rule ${index + 1}, of a revision that was not kept`
      : `${effect} when ${when.trim().replace(/\s+/g, ' ')} (${file}:${line})`;
  return `${grant}: ${what}: ${RESULTS[result]}`;
}

const explanationJson = (found: EventExplanation, cli: Cli) => {
  const { event, now } = found;
  return {
    seq: event.seq,
    at: event.at,
    subject: event.subject ?? null,
    client: event.client ?? null,
    session: event.session ?? null,
    what: found.what,
    decision: event.decision,
    reason: found.reason,
    words: found.words,
    rule: found.rule ?? null,
    ruleText: found.ruleText ?? null,
    conditions: found.conditions.map((each) => ({
      grant: each.grant,
      index: each.index,
      effect: each.effect ?? null,
      when: each.when ?? null,
      file: each.file ?? null,
      line: each.line ?? null,
      result: each.result,
    })),
    wouldRefuse: event.wouldRefuse ?? null,
    approval: event.approval ?? null,
    outcome:
      found.outcome === undefined
        ? null
        : {
            seq: found.outcome.seq,
            outcome: found.outcome.outcome,
            reason: found.outcome.reason ?? null,
          },
    others:
      found.others?.map(({ id, file, reason, rule }) => ({
        id,
        file,
        reason,
        rule: rule ?? null,
      })) ?? null,
    now:
      now.kind === 'undecidable'
        ? { allowed: null, reason: 'undecidable', words: now.words }
        : {
            allowed: now.allowed,
            reason: now.reason,
            words: now.words,
            rule: now.rule ?? null,
            wouldRefuse: now.wouldRefuse ?? null,
            terms: now.terms,
            remedy: now.remedy.length === 0 ? null : commandLine(cli.deps.invokedAs, now.remedy),
            remedyNote:
              now.remedyNote === undefined ? null : asInvoked(now.remedyNote, cli.deps.invokedAs),
            toEnd: now.toEnd,
          },
    changed: found.changed,
    undecidable: found.undecidable,
  };
};
