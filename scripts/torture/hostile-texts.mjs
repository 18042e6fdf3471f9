// S20: how long the event loop stands still for hostile texts, expressions and definitions.
import { redactArguments } from '../../src/audit/redact.ts';
import { compareDefinitions } from '../../src/catalog/compare-definitions.ts';
import { hashDefinition } from '../../src/catalog/definition-hash.ts';
import { flagItem } from '../../src/catalog/flag-item.ts';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { hostileTexts, TEXT_READERS } from '../../test/support/hostile-texts.ts';

const PART = 'hostile-texts';
/** What one hostile input may take, milliseconds. */
const MOST_MS = 100;
const MEGABYTE = 1_000_000;

/** Milliseconds of this thread's processor time: what else the machine does is no matter. */
function timed(run) {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

const shown = (ms) => `${ms.toFixed(1)} ms`;

/** Every reader of foreign text on a megabyte of each hostile text; then hostile definitions and arguments. */
export async function hostileTextsPart(figure) {
  const texts = Object.entries(hostileTexts(MEGABYTE));
  let slow = 0;
  for (const [name, read] of Object.entries(TEXT_READERS)) {
    let worst = { ms: 0, text: '' };
    for (const [text, value] of texts) {
      const ms = timed(() => read(value));
      if (ms > MOST_MS) slow += 1;
      if (ms > worst.ms) worst = { ms, text };
      // Another turn of the event loop, so that garbage of one text is not charged to the next.
      await new Promise((resolve) => setImmediate(resolve));
    }
    figure(PART, `${name}, 1 MB of ${worst.text}`, shown(worst.ms));
  }
  figure(PART, `readers and texts over ${MOST_MS} ms`, slow);
  for (const [what, definition] of Object.entries(definitions())) {
    const text = stringifyJson(definition);
    const other = { ...definition, description: 'another', last: 1 };
    const others = [{ server: 't', name: 'read_file' }];
    const size = `${(text.length / MEGABYTE).toFixed(1)} MB, ${what}`;
    figure(PART, `${size}: read`, shown(timed(() => parseJson(text))));
    figure(PART, `${size}: hashed`, shown(timed(() => hashDefinition(definition))));
    figure(
      PART,
      `${size}: flagged`,
      shown(timed(() => flagItem('tool', definition, { server: 's', others }))),
    );
    figure(PART, `${size}: compared`, shown(timed(() => compareDefinitions(definition, other))));
    figure(
      PART,
      `${size}: redacted as arguments`,
      shown(timed(() => redactArguments(definition, 'redacted', ['canary-secret']))),
    );
  }
}

function definitions() {
  let deep = 'end';
  for (let level = 0; level < 250; level += 1) deep = { anyOf: [deep] };
  const values = Array.from({ length: 100_000 }, (_, at) => `value ${at}`);
  const name = 'x';
  return {
    'nested 500 deep': { name, inputSchema: deep },
    'an enum of 100,000': { name, inputSchema: { enum: values } },
    '100,000 members': { name, inputSchema: Object.fromEntries(values.map((key) => [key, {}])) },
    '100,000 parameters': {
      name,
      inputSchema: { properties: Object.fromEntries(values.map((key) => [key, {}])) },
    },
    'a cyclic reference': { name, inputSchema: { $ref: '#/a', a: { $ref: '#' } } },
    'one long description': { name, description: 'ignore the '.repeat(1_400_000) },
    'hidden text': { name, description: 'x\u200b'.repeat(2_000_000) },
  };
}
