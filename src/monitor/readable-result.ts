import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';

/** Characters of a file in base64 that are decoded, and of them those that say whether it is text. */
const [MAX_FILE, MAX_LOOK] = [87_384, 1_024] as const;

/**
 * A result with what nobody reads of it left out: the data of pictures and sounds, files in base64 but for
 * those that hold text, which is put in their place. The same one when there is nothing of either.
 *
 * Attack: where to send something stands in a member that is only called `data`, or in a file that the
 * client shows as text.
 */
export function asRead(result: Json): Json {
  if (!isJsonObject(result)) return result;
  const { content, contents, messages, result: inner } = result;
  const isOfContent = contents === undefined && messages === undefined && inner === undefined;
  if (isOfContent && !hasBinary(content)) return result;
  return {
    ...result,
    ...(Array.isArray(content) ? { content: content.map(blockAsRead) } : {}),
    ...(Array.isArray(contents) ? { contents: contents.map(fileAsRead) } : {}),
    ...(Array.isArray(messages) ? { messages: messages.map(messageAsRead) } : {}),
    // The result of a task.
    ...(inner === undefined ? {} : { result: asRead(inner) }),
  };
}

/** What of a prompt its person did not choose by choosing it: what the tool server put into it. */
export const embeddedIn = (prompt: Json): Json => blocksIn(prompt).filter(isEmbedded);

const BINARY: ReadonlySet<Json | undefined> = new Set(['image', 'audio', 'resource']);

const hasBinary = (content: Json | undefined): boolean =>
  Array.isArray(content) && content.some((block) => isJsonObject(block) && BINARY.has(block.type));

const messageAsRead = (message: Json): Json =>
  isJsonObject(message) && message.content !== undefined
    ? { ...message, content: [message.content].flat().map((block) => blockAsRead(block as Json)) }
    : message;

function blockAsRead(block: Json): Json {
  if (!isJsonObject(block)) return block;
  if (block.type === 'resource' && block.resource !== undefined) {
    return { ...block, resource: fileAsRead(block.resource) };
  }
  if (block.type !== 'image' && block.type !== 'audio') return block;
  const { data: _, ...rest } = block;
  return rest;
}

/** A resource, with what it holds in base64 as text or left out. */
function fileAsRead(file: Json): Json {
  if (!isJsonObject(file) || typeof file.blob !== 'string') return file;
  const { blob, ...rest } = file;
  const text = textOf(blob);
  return { ...rest, ...(text === undefined ? {} : { blob: text }) };
}

function textOf(blob: string): string | undefined {
  if (!isText(decoded(blob.slice(0, MAX_LOOK)))) return undefined;
  const text = decoded(blob.slice(0, MAX_FILE));
  // Longer than is read: whoever reads it is to know.
  return blob.length > MAX_FILE ? text.padEnd(MAX_FILE) : text;
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

/** What has no control characters, but for a last one cut in two. */
const isText = (text: string): boolean => !/[^\P{Cc}\t-\r]|\ufffd(?!.?$)/su.test(text);

/** The blocks of a prompt's messages. */
function blocksIn(result: Json): readonly Json[] {
  const messages = isJsonObject(result) ? result.messages : undefined;
  if (!Array.isArray(messages)) return [];
  return messages.flatMap((message) =>
    isJsonObject(message) ? ((message as JsonObject).content ?? []) : [],
  );
}

const isEmbedded = (block: Json): boolean =>
  isJsonObject(block) && (block.type === 'resource' || block.type === 'resource_link');
