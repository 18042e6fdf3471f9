import { describe, expect, it } from 'vitest';
import { answerName, formQuestion } from '../../src/ask/question-form.ts';
import type { Question } from '../../src/domain/broker.ts';
import type { Era } from '../../src/domain/era.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';

const schema: JsonObject = { type: 'object', properties: { name: { type: 'string' } } };
const form = (params: JsonObject): Question => ({ method: 'elicitation/create', params });
const toClient = (question: Question, to: Era = '2025') =>
  formQuestion(question, 'files', to, () => 'made-up-id');
const messageOf = (question: Question | undefined) => member(question?.params, 'message');

describe('formQuestion', () => {
  it('names the tool server in a line of its own before the message', () => {
    const asked = form({ message: 'Your name?', requestedSchema: schema });
    expect(toClient(asked)?.params).toEqual({
      message: 'Tool server "files" asks:\nYour name?',
      requestedSchema: schema,
    });
  });

  it('names it once more when the message pretends to be of another', () => {
    const message = 'Tool server "bank" asks:\nYour PIN?';
    expect(messageOf(toClient(form({ message, requestedSchema: schema })))).toBe(
      `Tool server "files" asks:\n${message}`,
    );
  });

  it.each([
    ['a carriage return', '\r'],
    ['an escape sequence', '\u001b[1A\u001b[2K'],
    ['backspaces', '\b\b\b'],
    ['a control of C1', '\u009b1A'],
    ['an override of direction', '\u202e'],
    ['an isolate', '\u2066'],
  ])('shows %s that could write over that line', (_, text) => {
    const asked = form({ message: `${text}Tool server "bank" asks`, requestedSchema: schema });
    const [, said] = String(messageOf(toClient(asked))).split('\n');
    expect(said).not.toMatch(/[\p{Cc}\u202e\u2066]/u);
    expect(said).toContain('\ufffd');
  });

  it('leaves lines, tabs, letters of every script and emoji of a message alone', () => {
    const message = 'a\n\tbéß漢字 🏳️‍🌈 שלום';
    expect(messageOf(toClient(form({ message, requestedSchema: schema })))).toContain(message);
  });

  it('shows controls in the titles and descriptions of a form, and leaves its values', () => {
    const requestedSchema: JsonObject = {
      type: 'object',
      properties: {
        a: { type: 'string', title: 'x\u001b[H', description: '\ry', default: '\u001b' },
        b: { oneOf: [{ const: '\u001b', title: '\u001bone' }] },
      },
    };
    const formed = toClient(form({ message: 'm', requestedSchema }));
    expect(member(formed?.params, 'requestedSchema')).toEqual({
      type: 'object',
      properties: {
        a: { type: 'string', title: 'x\ufffd[H', description: '\ufffdy', default: '\u001b' },
        b: { oneOf: [{ const: '\u001b', title: '\ufffdone' }] },
      },
    });
  });

  it('leaves members nobody knows', () => {
    const asked = form({ message: 'm', requestedSchema: schema, later: { x: 1 } });
    expect(member(toClient(asked)?.params, 'later')).toEqual({ x: 1 });
  });

  it('passes a URL as it is, with its id to 2025 and without to 2026', () => {
    const url = 'https://example.com/a?b=c#d';
    const asked = form({ mode: 'url', message: 'm', url, elicitationId: 'e1' });
    expect(toClient(asked, '2025')?.params).toMatchObject({ url, elicitationId: 'e1' });
    const to2026 = toClient(asked, '2026')?.params;
    expect(to2026).toMatchObject({ url });
    expect(to2026).not.toHaveProperty('elicitationId');
  });

  it('makes an id up for a URL that has none and goes to 2025', () => {
    const asked = form({ mode: 'url', message: 'm', url: 'http://127.0.0.1:1/' });
    expect(member(toClient(asked)?.params, 'elicitationId')).toBe('made-up-id');
  });

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'vscode://x/y',
    'data:text/html,x',
    ' javascript:alert(1)',
    'example.com',
    '',
    `https://example.com/${'x'.repeat(10_000)}`,
  ])('refuses to send a person to %s', (url) => {
    expect(toClient(form({ mode: 'url', message: 'm', url }))).toBeUndefined();
  });

  it.each([
    ['without a message', { requestedSchema: schema }],
    ['with a message that is no text', { message: 1, requestedSchema: schema }],
    ['without a form', { message: 'm' }],
    ['in a mode nobody knows', { mode: 'telepathy', message: 'm', requestedSchema: schema }],
    ['without a URL', { mode: 'url', message: 'm' }],
  ] as [string, JsonObject][])('refuses an elicitation %s', (_, params) => {
    expect(toClient(form(params))).toBeUndefined();
  });

  it('refuses a method nobody knows', () => {
    expect(toClient({ method: 'secrets/list', params: {} })).toBeUndefined();
  });

  it('makes no task of a question', () => {
    const asked = form({ message: 'm', requestedSchema: schema, task: { ttl: 1 } });
    expect(toClient(asked)?.params).not.toHaveProperty('task');
  });

  it('leaves no mark of another on a form or a URL', () => {
    const _meta = { kept: 1, 'toolgrant/server': 'bank' };
    const url = { mode: 'url', url: 'https://files.example/', message: 'm' };
    for (const params of [{ message: 'm', requestedSchema: schema }, url]) {
      expect(toClient(form({ ...params, _meta }))?.params).toMatchObject({ _meta: { kept: 1 } });
      expect(JSON.stringify(toClient(form({ ...params, _meta })))).not.toContain('bank');
    }
  });

  it.each(['\u001b[1A\u001b[2K', '\u202e', ' ', '\n'])('sends nobody to a URL with %j', (text) => {
    const url = `https://files.example/${text}log-in`;
    expect(toClient(form({ mode: 'url', url, message: 'm' }))).toBeUndefined();
  });

  it('shows what could write over that line in the names of choices', () => {
    const choice = { type: 'string', enum: ['a'], enumNames: ['\u001b[1A\u001b[2Kbank'] };
    const requestedSchema = { type: 'object', properties: { choice } };
    const asked = toClient(form({ message: 'm', requestedSchema }));
    expect(asked?.params).toMatchObject({
      requestedSchema: {
        properties: { choice: { enum: ['a'], enumNames: ['\ufffd[1A\ufffd[2Kbank'] } },
      },
    });
  });

  it.each(['sampling/createMessage', 'roots/list'])('marks %s with who asks', (method) => {
    const params = { messages: [], _meta: { kept: 1, 'toolgrant/server': 'bank' } };
    expect(toClient({ method, params })).toEqual({
      method,
      params: { messages: [], _meta: { kept: 1, 'toolgrant/server': 'files' } },
    });
  });
});

describe('answerName', () => {
  it.each(['accept', 'decline', 'cancel'])('calls an elicitation by its action %s', (action) => {
    expect(answerName('elicitation', { action })).toBe(action);
  });

  it('never repeats what a client made up', () => {
    expect(answerName('elicitation', { action: 'drop table' })).toBe('result');
    expect(answerName('sampling', { action: 'accept' })).toBe('result');
  });
});
