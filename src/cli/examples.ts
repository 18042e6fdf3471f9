import type { Command } from 'commander';
import { asInvoked } from './shell-words.ts';

/**
 * What people type, by command: shown at the end of its `--help`. A test parses each one, and fails
 * for a command that has none.
 */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  '': [
    'toolgrant init',
    'toolgrant connect claude-desktop --subject alice',
    "toolgrant grant create alice --permit 'files/read_*' --ttl 8h",
    'toolgrant can-i alice files/read_text_file',
    'toolgrant audit tail -f',
  ],
  init: [
    'toolgrant init --dry-run',
    'toolgrant init',
    'toolgrant init --client cursor --server github --yes',
  ],
  serve: ['toolgrant serve', 'toolgrant serve --port 8080 --apply'],
  stdio: [
    'toolgrant stdio --profile claude-desktop',
    'toolgrant stdio --token-file /run/secrets/toolgrant-token',
  ],
  connect: [
    'toolgrant connect claude-desktop --subject alice',
    'toolgrant connect claude-code --subject alice --http',
    'toolgrant connect cursor --subject alice --print --json',
  ],
  disconnect: ['toolgrant disconnect claude-desktop', 'toolgrant disconnect --all --dry-run'],
  monitor: ['toolgrant monitor status', 'toolgrant monitor explain 4711'],
  'monitor status': ['toolgrant monitor status', 'toolgrant monitor status --since 7d --json'],
  'monitor explain': ['toolgrant monitor explain 4711', 'toolgrant monitor explain 4711 --json'],
  'monitor undo': ['toolgrant monitor undo 4712'],
  'monitor learnt': ['toolgrant monitor learnt', 'toolgrant monitor learnt alice-triage --json'],
  'monitor freeze': ['toolgrant monitor freeze alice-triage'],
  'monitor unfreeze': ['toolgrant monitor unfreeze alice-triage'],
  'monitor replay': [
    'toolgrant monitor replay --set probing=hold,5 --set unlearnt_write=hold',
    'toolgrant monitor replay --since 30d --settings monitor.json --json',
  ],
  'monitor forget': [
    'toolgrant monitor forget alice --client claude-desktop',
    'toolgrant monitor forget --grant alice-triage',
  ],
  token: [
    'toolgrant token --profile claude-code --header',
    'toolgrant token --profile ci --ttl 10m > token.txt',
  ],
  completion: ['toolgrant completion bash', 'toolgrant completion fish > toolgrant.fish'],
  secret: ['toolgrant secret set github', 'toolgrant secret list'],
  'secret set': [
    'toolgrant secret set github',
    'pass show github | toolgrant secret set github',
    'toolgrant secret set github --file < token.txt',
  ],
  'secret list': ['toolgrant secret list', 'toolgrant secret list --json'],
  'secret remove': ['toolgrant secret remove github'],
  grant: [
    "toolgrant grant create alice --permit 'files/read_*' --ttl 8h",
    'toolgrant grant list --subject alice',
    'toolgrant grant revoke alice-files',
  ],
  'grant create': [
    'toolgrant grant create alice',
    "toolgrant grant create alice --permit 'files/read_*' --ttl 8h",
    "toolgrant grant create alice --permit 'github/*' --deny '*/*delete*' --ttl 7d --purpose 'triage issues'",
    "toolgrant grant create bob --permit 'files/*' --ttl 1h --client claude-code --dry-run",
    'toolgrant grant create bob --permit github/create_issue --limit 10/h --approval admin --wait 60s --ttl 7d',
  ],
  'grant list': ['toolgrant grant list', 'toolgrant grant list --subject alice --all --json'],
  'grant show': [
    'toolgrant grant show alice-files',
    'toolgrant grant show alice-files --unused 30d',
  ],
  'grant suggest': [
    'toolgrant grant suggest --subject alice --ttl 30d',
    'toolgrant grant suggest --subject alice --client claude-code --since 24h --ttl 8h > grants/alice-used.yaml',
  ],
  'grant apply': [
    'toolgrant grant apply --dry-run',
    'toolgrant grant apply --prune --yes',
    'toolgrant grant apply --reinstate alice-files',
  ],
  'grant diff': ['toolgrant grant diff'],
  'grant validate': [
    'toolgrant grant validate',
    'toolgrant grant validate grants/alice-files.yaml',
  ],
  'grant revoke': ['toolgrant grant revoke alice-files'],
  approvals: [
    'toolgrant approvals list',
    'toolgrant approvals show apr_0123456789abcdefghjkmnpqrstvwxyz',
    'toolgrant approvals approve apr_0123456789abcdefghjkmnpqrstvwxyz',
  ],
  'approvals list': ['toolgrant approvals list', 'toolgrant approvals list --all --json'],
  'approvals show': ['toolgrant approvals show apr_0123456789abcdefghjkmnpqrstvwxyz'],
  'approvals approve': ['toolgrant approvals approve apr_0123456789abcdefghjkmnpqrstvwxyz'],
  'approvals deny': ['toolgrant approvals deny apr_0123456789abcdefghjkmnpqrstvwxyz'],
  session: ['toolgrant session open --subject alice --ttl 1h', 'toolgrant session list'],
  'session open': [
    'toolgrant session open --subject alice --ttl 1h',
    "toolgrant session open --subject ci --purpose 'nightly run' --json",
  ],
  'session list': [
    'toolgrant session list',
    'toolgrant session list --subject alice --all',
    'toolgrant session list --watch',
  ],
  'session show': [
    'toolgrant session show ses_0123456789abcdefghjkmnpqrstvwxyz',
    'toolgrant session show ses_0123456789abcdefghjkmnpqrstvwxyz --watch',
  ],
  'session suspend': ['toolgrant session suspend ses_0123456789abcdefghjkmnpqrstvwxyz'],
  'session resume': ['toolgrant session resume ses_0123456789abcdefghjkmnpqrstvwxyz'],
  'session revoke': [
    'toolgrant session revoke ses_0123456789abcdefghjkmnpqrstvwxyz',
    'toolgrant session revoke --subject alice',
    'toolgrant session revoke --all',
  ],
  client: ['toolgrant client list', 'toolgrant client revoke claude-desktop'],
  'client list': ['toolgrant client list', 'toolgrant client list --subject alice --json'],
  'client show': ['toolgrant client show claude-desktop'],
  'client revoke': ['toolgrant client revoke claude-desktop'],
  halt: ["toolgrant halt --reason 'an incident'", 'toolgrant halt --lift'],
  keys: ['toolgrant keys list', 'toolgrant keys rotate'],
  'keys list': ['toolgrant keys list', 'toolgrant keys list --json'],
  'keys rotate': ['toolgrant keys rotate', 'toolgrant keys rotate --revoke'],
  doctor: ['toolgrant doctor', 'toolgrant doctor --strict --no-start --json'],
  'can-i': [
    'toolgrant can-i alice files/read_text_file',
    'toolgrant can-i alice github/create_issue --client claude-code --json',
    'toolgrant can-i alice resource:files/file:///home/alice/notes.txt',
    `toolgrant can-i alice prompt:github/triage --args '{"repo": "alice/notes"}'`,
  ],
  explain: ['toolgrant explain 42', 'toolgrant explain 42 --json'],
  simulate: ['toolgrant simulate', 'toolgrant simulate --since 24h --subject alice --json'],
  call: [
    `toolgrant call files/read_text_file --args '{"path": "notes.txt"}' --as alice`,
    'toolgrant call files/list_directory --args @arguments.json --as alice --json',
  ],
  tools: ['toolgrant tools list', 'toolgrant tools diff files --live'],
  'tools list': ['toolgrant tools list', 'toolgrant tools list files --json'],
  'tools diff': [
    'toolgrant tools diff',
    'toolgrant tools diff files --live',
    'toolgrant tools diff files --since 720h',
  ],
  'tools approve': [
    'toolgrant tools approve files',
    'toolgrant tools approve files read_text_file',
  ],
  'tools quarantine': [
    'toolgrant tools quarantine github',
    'toolgrant tools quarantine github create_issue delete_repository',
  ],
  audit: ['toolgrant audit tail -f', 'toolgrant audit verify'],
  'audit tail': [
    'toolgrant audit tail',
    'toolgrant audit tail -n 5 -f',
    'toolgrant audit tail -f --json',
  ],
  'audit query': [
    'toolgrant audit query --subject alice --since 1h',
    'toolgrant audit query --denied --tool files/write_file --since 2h',
    'toolgrant audit query --sort slowest --limit 20 --since 24h',
    'toolgrant audit query --code call.refused --reason no_rule --json',
  ],
  'audit show': ['toolgrant audit show 42'],
  'audit stats': [
    'toolgrant audit stats --since 24h',
    'toolgrant audit stats --by tool --subject alice --json',
  ],
  'audit verify': [
    'toolgrant audit verify',
    'toolgrant audit verify --against /mnt/elsewhere/checkpoint.txt',
    'toolgrant audit verify --from 120001',
  ],
  'audit checkpoint': [
    'toolgrant audit checkpoint > /mnt/elsewhere/checkpoint.txt',
    'toolgrant audit checkpoint --key',
  ],
  'audit export': [
    'toolgrant audit export --since 24h > events.jsonl',
    'toolgrant audit export --format ocsf --denied --out denied.ocsf.jsonl',
  ],
  'audit ship': ['toolgrant audit ship', 'toolgrant audit ship --once'],
  'audit prune': [
    'toolgrant audit prune --older-than 90d --dry-run',
    'toolgrant audit prune --max-size 10GB --yes',
  ],
  'audit backup': ['toolgrant audit backup /mnt/elsewhere/toolgrant.db'],
};

/** A command's words without the program's name; empty for the program. */
export function wordsOf(command: Command): string {
  const words: string[] = [];
  for (let at = command; at.parent !== null; at = at.parent) words.unshift(at.name());
  return words.join(' ');
}

/** Adds its examples to the help of every command, as the person invoked us. */
export function addExamples(command: Command, invokedAs: string): void {
  const examples = EXAMPLES[wordsOf(command)];
  if (examples !== undefined) {
    const lines = examples.map((line) => `  ${asTyped(line, invokedAs)}`);
    command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'));
  }
  for (const inner of command.commands) addExamples(inner, invokedAs);
}

/** Also where the command stands after a pipe. */
const asTyped = (line: string, invokedAs: string): string => {
  const [before, after] = line.split(' | ');
  return after === undefined
    ? asInvoked(line, invokedAs)
    : `${before} | ${asInvoked(after, invokedAs)}`;
};
