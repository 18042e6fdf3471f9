import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { type Readable, readableOf } from './destinations.ts';

/** Characters of a file in base64 that are decoded, and of them those that say whether it is text. */
const [MAX_FILE, MAX_LOOK] = [87_384, 1_024] as const;

/**
 * What a result brings to read: of pictures and sounds their data is none of it, of files in base64
 * those are that hold text.
 *
 * Attack: where to send something stands in a member that is only called `data`, or in a file that the
 * client shows as text.
 */
export const readableOfResult = (result: Json): Readable => readableOf(asRead(result));

/** What of a prompt its person did not choose by choosing it: what the tool server put into it. */
export const readableOfPrompt = (result: Json): Readable =>
  readableOf(blocksIn(result).filter(isEmbedded).map(blockAsRead));

function asRead(result: Json): Json {
  if (!isJsonObject(result)) return result;
  const { content, contents, result: inner } = result;
  const isPlain = !hasBinary(content) && contents === undefined && !isJsonObject(inner);
  if (isPlain) return result;
  return {
    ...result,
    ...(Array.isArray(content) ? { content: content.map(blockAsRead) } : {}),
    ...(Array.isArray(contents) ? { contents: contents.map(fileAsRead) } : {}),
    // The result of a task.
    ...(inner === undefined ? {} : { result: asRead(inner) }),
  };
}

const BINARY: ReadonlySet<Json | undefined> = new Set(['image', 'audio', 'resource']);

const hasBinary = (content: Json | undefined): boolean =>
  Array.isArray(content) && content.some((block) => isJsonObject(block) && BINARY.has(block.type));

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
