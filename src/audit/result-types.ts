import { type Json, member } from '../domain/json.ts';
import { findRandomWords } from './random-words.ts';
import { findShapes } from './secret-shapes.ts';

const MAX_TYPES = 8;
const MAX_LOOKED_AT = 1_000;
const KINDS = new Set(['text', 'image', 'audio', 'resource', 'resource_link']);
const MIME = /^[a-z]{1,16}\/[a-z0-9][a-z0-9.+-]{0,63}$/i;

/**
 * What kinds of content a result has, sorted, never what it says: `text`, `image image/png`,
 * `structured`. A tool server's own words are kept only where they are media types that look like no
 * secret; any other kind is `other`.
 */
export function resultTypes(result: Json): readonly string[] | undefined {
  const types = new Set<string>();
  for (const list of [member(result, 'content'), member(result, 'contents')]) {
    if (!Array.isArray(list)) continue;
    for (const item of list.slice(0, MAX_LOOKED_AT)) types.add(typeOf(item));
  }
  for (const message of listOf(member(result, 'messages')))
    types.add(typeOf(member(message, 'content')));
  if (member(result, 'structuredContent') !== undefined) types.add('structured');
  const sorted = [...types].sort();
  if (sorted.length === 0) return undefined;
  return sorted.length > MAX_TYPES ? [...sorted.slice(0, MAX_TYPES), 'more'] : sorted;
}

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.slice(0, MAX_LOOKED_AT) : [];

function typeOf(item: unknown): string {
  const said = member(item, 'type');
  const inner = member(item, 'resource');
  const media = member(item, 'mimeType') ?? member(inner, 'mimeType');
  const kind =
    said === undefined ? 'resource' : typeof said === 'string' && KINDS.has(said) ? said : 'other';
  return typeof media === 'string' && isOrdinary(media) ? `${kind} ${media.toLowerCase()}` : kind;
}

const isOrdinary = (media: string): boolean =>
  MIME.test(media) && findShapes(media).length === 0 && findRandomWords(media).length === 0;
