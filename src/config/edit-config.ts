import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { configError } from './config-error.ts';

/**
 * The text of a configuration with these entries of `mcpServers` added at its end, every character
 * that is there as it was.
 *
 * @param text `undefined`: a new configuration.
 * @throws BrokerError `ERR_CONFIG` for a text without `mcpServers`.
 */
export function withEntries(
  text: string | undefined,
  entries: Readonly<Record<string, object>>,
): string {
  let edited = text ?? '{\n  "mcpServers": {}\n}\n';
  for (const [name, entry] of Object.entries(entries)) {
    edited = withMember(edited, objectAt(edited, ['mcpServers']), name, entry);
  }
  return edited;
}

/**
 * The text of a configuration with these entries switched off, every other character as it was.
 *
 * @throws BrokerError `ERR_CONFIG` for an entry it does not have.
 */
export function withDisabled(text: string, names: readonly string[]): string {
  let edited = text;
  for (const name of names) {
    const entry = objectAt(edited, ['mcpServers', name]);
    const said = findNodeAtLocation(entry, ['disabled']);
    edited =
      said === undefined
        ? withMember(edited, entry, 'disabled', true)
        : spliced(edited, said.offset, said.length, 'true');
  }
  return edited;
}

function objectAt(text: string, path: string[]): Node {
  const root = parseTree(text);
  const node = root === undefined ? undefined : findNodeAtLocation(root, path);
  if (node?.type === 'object') return node;
  throw configError(`${path.join('.')}: is not there`, 'run the command again');
}

/** Adds a member after the last, on a line of its own unless the object is all on one line. */
function withMember(text: string, object: Node, name: string, value: unknown): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const unit = /^(\t+| {1,8})\S/m.exec(text)?.[1] ?? '  ';
  const last = object.children?.at(-1);
  if (last === undefined) {
    const outer = indentAt(text, object.offset);
    const member = memberText(name, value, unit, outer + unit).join(eol);
    return spliced(
      text,
      object.offset,
      object.length,
      `{${eol}${outer}${unit}${member}${eol}${outer}}`,
    );
  }
  const isOneLine = !text.slice(object.offset, last.offset).includes('\n');
  const indent = indentAt(text, last.offset);
  const added = isOneLine
    ? ` ${JSON.stringify(name)}: ${JSON.stringify(value)}`
    : eol + indent + memberText(name, value, unit, indent).join(eol);
  return spliced(text, last.offset + last.length, 0, `,${added}`);
}

function memberText(name: string, value: unknown, unit: string, indent: string): readonly string[] {
  const lines = JSON.stringify(value, null, unit).split('\n');
  return [`${JSON.stringify(name)}: ${lines[0]}`, ...lines.slice(1).map((line) => indent + line)];
}

/** The white space the line of an offset begins with. */
const indentAt = (text: string, offset: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))?.[0] ?? '';

const spliced = (text: string, at: number, length: number, by: string): string =>
  text.slice(0, at) + by + text.slice(at + length);
