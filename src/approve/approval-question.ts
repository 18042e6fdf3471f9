import type { Question } from '../domain/broker.ts';
import { type Json, type JsonObject, member } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import { visibleJson } from '../domain/unseen.ts';
import { type ApprovalSubject, besidesName } from './approval.ts';

/** Longest text a person is asked to look through in a client's form, UTF-16 code units. */
const MAX_SHOWN = 8_192;
/** Most lines of it: what stands below is not scrolled to. */
const MAX_LINES = 100;
/** Begins and ends text that a client shows as it is, in a form that it reads as Markdown. */
const FENCE = '```';

/**
 * What the person at a client is asked: a form without fields, which is accepted or not. `undefined` when
 * there is more than a person could look through there.
 *
 * Its first line says that the broker asks; what a tool server asks always begins otherwise. The
 * arguments are shown whole, as JSON in which everything that cannot be seen is spelled out, and which
 * no client takes for Markdown: no line of JSON ends the fence.
 *
 * Attack: a tool server, or the model through its arguments, has the person approve what is not shown:
 * under many lines, or in what is `<!--` a comment `-->` to whoever shows it.
 */
export function approvalQuestion(
  { server, kind, name, rule }: ApprovalSubject,
  sent: JsonObject,
): Question | undefined {
  const shown = besidesName(kind, sent);
  const ref = kind === 'tool' ? `${server}/${name}` : `${kind} ${name} of ${server}`;
  const text = visibleJson(JSON.stringify(shown, null, 2));
  const isLong = text.length + ref.length > MAX_SHOWN;
  if (isLong || text.split('\n').length > MAX_LINES) return undefined;
  const message = [
    'Toolgrant asks: may this be called?',
    // A name with a line feed would begin a line of its own.
    visibleJson(ref).replaceAll('\n', '\\n'),
    FENCE,
    text,
    FENCE,
    `Grant "${rule.grant}" wants you to look at it first. If you accept, exactly this is called, once.`,
  ].join('\n');
  return {
    method: 'elicitation/create',
    params: { message, requestedSchema: { type: 'object', properties: {} } },
  };
}

/** What the person did; `undefined` for a reply that says nothing of it. */
export function approvalAnswer(reply: RpcReply): 'accept' | 'decline' | 'cancel' | undefined {
  const action: Json | undefined =
    reply.kind === 'result' ? member(reply.result, 'action') : undefined;
  return action === 'accept' || action === 'decline' || action === 'cancel' ? action : undefined;
}
