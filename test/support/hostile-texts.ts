import { redactArguments } from '../../src/audit/redact.ts';
import { isSecretKey } from '../../src/audit/secret-keys.ts';
import { findShapes, findUriSecrets } from '../../src/audit/secret-shapes.ts';
import { parseNotes } from '../../src/audit/signed-note.ts';
import { inspectTokenForm } from '../../src/authenticate/token-form.ts';
import { compareDefinitions } from '../../src/catalog/compare-definitions.ts';
import { exposedName } from '../../src/catalog/exposed-name.ts';
import { findOrders } from '../../src/catalog/find-orders.ts';
import { flagItem } from '../../src/catalog/flag-item.ts';
import { findOutOfPlace } from '../../src/catalog/out-of-place.ts';
import { findOutOfSight } from '../../src/catalog/out-of-sight.ts';
import { withoutPlainSayings } from '../../src/catalog/plain-sayings.ts';
import { skeleton } from '../../src/catalog/skeleton.ts';
import { spellHidden } from '../../src/catalog/spell-hidden.ts';
import { unknownCall } from '../../src/catalog/unknown-calls.ts';
import { printable } from '../../src/cli/printable.ts';
import { parseJson } from '../../src/domain/json-text.ts';
import { visibleJson } from '../../src/domain/unseen.ts';
import { changeTexts, lookAtTexts } from '../../src/inspect/look-at-texts.ts';
import { escapeText } from '../../src/log/escape-text.ts';
import { createScrubber } from '../../src/log/scrub-text.ts';
import { scrubValue } from '../../src/log/scrub-value.ts';
import { encodeFieldValue, isReservedHeader } from '../../src/mcp-client/http-headers.ts';
import { parseJsonRpc } from '../../src/mcp-client/rpc-message.ts';
import { readable } from '../../src/mcp-client/stderr-drain.ts';
import { readBearer } from '../../src/mcp-server/http-gate.ts';

/** Texts of this length that make a backtracking engine go over the same stretch again and again. */
export function hostileTexts(length: number): Readonly<Record<string, string>> {
  const times = (text: string): string => text.repeat(Math.ceil(length / text.length));
  return {
    letters: times('a'),
    digits: times('0'),
    spaces: times(' '),
    dashes: times('-'),
    quotes: times('"'),
    backslashes: times('\\'),
    encoded: times('=/+'),
    'letters and digits': times('A1-'),
    'address beginnings': times('://'),
    'a bearer and spaces': `Bearer${times(' ')}!`,
    bearers: times('Bearer '),
    'key beginnings': times('-----BEGIN A-----'),
    'private key beginnings': times('-----BEGIN PRIVATE KEY-----'),
    'token beginnings': times('eyJ.'),
    assignments: times('password='),
    'assignments that are none': times('token token: '),
    prefixes: times('sk-'),
    ignore: times('ignore '),
    'do not': times('do not '),
    'before using': times('before using '),
    'zero width': times('\u200b'),
    'blank lines': times('\n        '),
    'tag beginnings': times('<a '),
    'link beginnings': times('[a]('),
    'names of tools': times('call a_b_'),
    'one word of two scripts': times('a\u0430'),
    'words without spaces': times('\u5bc6'),
    sentences: times('a. '),
    'terminal sequences': times('\u001b]'),
    'coloured emoji': times('\u26a0\ufe0f'),
    'lone surrogates': times('\ud800'),
    accents: times('e\u0301'),
    'look-alikes': times('rnvv'),
    'open objects': times('{"a":'),
    'large numbers': `[${times('1e999,')}1]`,
  };
}

const LOOKS = { links: true, findShapes };

const scrubber = createScrubber(['canary-secret-0123456789', 'aaaaaaaa']);

/** Whatever reads text of a client or a tool server with an expression. */
export const TEXT_READERS: Readonly<Record<string, (text: string) => unknown>> = {
  redacted: (text) => redactArguments({ [text]: text }, 'redacted', ['canary-secret']),
  full: (text) => redactArguments(text, 'full', ['canary-secret']),
  isSecretKey,
  findUriSecrets,
  inspectTokenForm: (text) => inspectTokenForm(`${text}.${text}.${text}`),
  readBearer: (text) => readBearer({ authorization: [`bearer ${text}`] }),
  exposedName: (text) => exposedName({ server: 's', tool: text }),
  findOrders,
  findOutOfPlace: (text) =>
    findOutOfPlace(text, { own: 0, isParameter: true, isSwitch: false, isChoice: false }),
  findOutOfSight,
  withoutPlainSayings: (text) => withoutPlainSayings(text, () => true),
  unknownCall: (text) => unknownCall({ description: text }, () => false),
  lookAtTexts: (text) => lookAtTexts({ content: [{ text }] }, LOOKS),
  changeTexts: (text) =>
    changeTexts({ content: [{ text }] }, { stripsHidden: true, redacts: LOOKS.findShapes }),
  parseNotes,
  flagItem: (text) =>
    flagItem(
      'tool',
      { name: text, description: text },
      { server: 's', others: [{ server: 't', name: text }] },
    ),
  skeleton,
  spellHidden: (text) => spellHidden(text, { maxChars: 10_000 }),
  compareDefinitions: (text) => compareDefinitions({ a: text }, { a: `${text.slice(1)}x` }),
  printable,
  visibleJson,
  escapeText,
  scrubber,
  scrubValue: (text) => scrubValue({ [text]: text, error: new Error(text) }, scrubber),
  readable: (text) => readable(Buffer.from(text), 2_048, ['canary-secret']),
  encodeFieldValue,
  isReservedHeader,
  parseJsonRpc,
  parseJson: (text) => {
    try {
      return parseJson(text);
    } catch (error) {
      return (error as Error).name;
    }
  },
};
