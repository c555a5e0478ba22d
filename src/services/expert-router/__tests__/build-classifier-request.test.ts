import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import type { Endpoint } from '../../../core/provider-call.ts';
import { readTurns } from '../../prompt-processor/read-turns.ts';
import { buildClassifierRequest } from '../build-classifier-request.ts';
import { ClassificationError } from '../expert-decision.ts';
import { routing } from './routing.ts';

function built(classifier: JsonObject, endpoint: Endpoint, body: JsonObject): JsonObject {
  return buildClassifierRequest(routing({}, classifier).classifier, readTurns(endpoint, body));
}

/** What the classifier is told of a conversation, beyond its instructions. */
function told(endpoint: Endpoint, body: JsonObject, classifier: JsonObject = {}): JsonValue | undefined {
  const { messages } = built(classifier, endpoint, body);
  return Array.isArray(messages) ? messages.at(-1)?.content : undefined;
}

const user = (content: JsonValue) => ({ role: 'user', content });
const assistant = (content: JsonValue) => ({ role: 'assistant', content });
const system = (content: JsonValue) => ({ role: 'system', content });
const history = (...lines: readonly string[]) =>
  `${['# Conversation History (for context)', ...lines].join('\n')}\n\n---\nLatest User Prompt:\n`;

describe('the call of a classifier', () => {
  it('is a chat completion of the instructions and the user’s text', () => {
    expect(built({}, 'chat.completions', { messages: [user('hi')] })).toEqual({
      model: 'classifier',
      messages: [system('Name the category as JSON.'), user('hi')],
      temperature: 0,
      max_tokens: 512,
    });
  });

  it('has no limit of tokens for 0, and no temperature for null', () => {
    const body = built({ max_tokens: 0, temperature: null }, 'chat.completions', { messages: [user('hi')] });
    expect(Object.keys(body)).toEqual(['model', 'messages']);
  });

  it('asks for a JSON object where output is to be structured (M4)', () => {
    expect(
      built({ enable_structured_output: true }, 'chat.completions', { messages: [user('hi')] }),
    ).toMatchObject({ response_format: { type: 'json_object' } });
  });

  it('speaks of JSON then where the template does not: OpenAI refuses it otherwise', () => {
    const structured = { enable_structured_output: true, prompt_template: 'Classify.\n{{USER_PROMPT}}' };
    expect(built(structured, 'chat.completions', { messages: [user('hi')] }).messages).toEqual([
      system('Answer with a JSON object whose field "type" is the category.\n\nClassify.'),
      user('hi'),
    ]);
    const plain = { prompt_template: 'Classify.' };
    expect(built(plain, 'chat.completions', { messages: [user('hi')] }).messages).toEqual([
      system('Classify.'),
      user('hi'),
    ]);
  });

  it('has no system message where the template begins with the user’s text', () => {
    const template = { prompt_template: '{{USER_PROMPT}}\nClassify the above.' };
    expect(built(template, 'chat.completions', { messages: [user('hi')] }).messages).toEqual([
      user('hi\nClassify the above.'),
    ]);
  });
});

describe('what a classifier is told', () => {
  it('is the text of the last message of the user, without pictures', () => {
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    const parts = [{ type: 'text', text: 'what is' }, picture, { type: 'text', text: 'this?' }];
    expect(told('chat.completions', { messages: [user(parts)] })).toBe('what is\nthis?');
  });

  it('has what was said before it as context, in the message of the user (M5)', () => {
    const messages = [user('write a poem'), assistant('Roses…'), user('shorter')];
    expect(told('chat.completions', { messages })).toBe(
      `${history('[User]: write a poem', '[Assistant]: Roses…')}shorter`,
    );
  });

  it('has the last six messages of it at most', () => {
    const before = Array.from({ length: 9 }, (_, index) => user(`m${index}`));
    const lines = [3, 4, 5, 6, 7, 8].map((index) => `[User]: m${index}`);
    expect(told('chat.completions', { messages: [...before, user('now')] })).toBe(`${history(...lines)}now`);
  });

  it('is never more messages than configured', () => {
    const messages = [user('a'), assistant('b'), user('c')];
    const limited = (limit: number) =>
      told('chat.completions', { messages }, { max_messages_to_classify: limit });
    expect(limited(1)).toBe('c');
    expect(limited(2)).toBe(`${history('[Assistant]: b')}c`);
    expect(limited(0)).toBe(`${history('[User]: a', '[Assistant]: b')}c`);
  });

  it('has system messages unless they are to be ignored', () => {
    const messages = [system('be kind'), user('hi')];
    expect(told('chat.completions', { messages })).toBe(`${history('[System]: be kind')}hi`);
    expect(told('chat.completions', { messages }, { ignore_system_messages: true })).toBe('hi');
  });

  it('counts no system messages that are ignored, which the source system did', () => {
    const messages = [user('a'), system('one'), { role: 'developer', content: 'two' }, user('b')];
    const classifier = { ignore_system_messages: true, max_messages_to_classify: 2 };
    expect(told('chat.completions', { messages }, classifier)).toBe(`${history('[User]: a')}b`);
  });

  it('has no ignored tags, in the prompt or before it', () => {
    const messages = [user('a<think>x</think>'), user('<env>\nlinux\n</env>b'), user('<env>mac</env>')];
    expect(told('chat.completions', { messages }, { ignored_tags: ['think', 'env'] })).toBe(
      `${history('[User]: a')}b`,
    );
  });

  it('keeps apostrophes (M6)', () => {
    expect(told('chat.completions', { messages: [user("what's it's use?")] })).toBe("what's it's use?");
  });

  it('is the user’s question while tools are being called, however long that takes', () => {
    const called = { role: 'assistant', content: null, tool_calls: [{ id: 'c' }] };
    const result = { role: 'tool', tool_call_id: 'c', content: 'sunny' };
    const messages = [user('weather?'), called, result, called, result];
    expect(told('chat.completions', { messages }, { max_messages_to_classify: 2 })).toBe('weather?');
  });

  it.each([
    [
      'a tool',
      [assistant('calling'), { role: 'tool', tool_call_id: 'c', content: [{ type: 'text', text: 'sunny' }] }],
    ],
    ['the model', [{ role: 'tool', tool_call_id: 'c', content: '' }, assistant('sunny')]],
  ])('is what %s said last where no user spoke (M9)', (_, messages) => {
    expect(told('chat.completions', { messages })).toMatch(/sunny$/);
  });

  it('has no results of tools as context: they would crowd out what was said', () => {
    const result = { role: 'tool', tool_call_id: 'c', content: 'sunny' };
    const messages = [user('weather?'), assistant(null), result, assistant('Sunny.'), user('tomorrow?')];
    expect(told('chat.completions', { messages })).toBe(
      `${history('[User]: weather?', '[Assistant]: Sunny.')}tomorrow?`,
    );
  });

  it('is what tools gave in messages of Anthropic (M9)', () => {
    const result = { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'sunny' }] };
    expect(told('messages', { messages: [user([result, { ...result, content: 'warm' }])] })).toBe(
      'sunny\nwarm',
    );
  });

  it('has no system prompt of Anthropic: it is no message', () => {
    expect(told('messages', { system: 'be kind', messages: [user([{ type: 'text', text: 'hi' }])] })).toBe(
      'hi',
    );
  });

  it.each<readonly [string, JsonValue]>([
    ['a text', 'hi'],
    ['a message', [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }]],
    ['a message without a type', [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]],
    ['a message without a role', [{ type: 'message', content: [{ type: 'input_text', text: 'hi' }] }]],
    ['content alone', [{ content: 'hi' }]],
    ['a part alone', [{ type: 'input_text', text: 'hi' }]],
    ['a part alone beside a picture', [{ type: 'input_text', text: 'hi' }, { type: 'input_image' }]],
  ])('is read from an input that is %s, and instructions are no history (M8)', (_, input) => {
    expect(told('responses', { instructions: 'be kind', input })).toBe('hi');
  });

  it('has the messages of an input as context, and what tools gave where no user spoke (M8, M9)', () => {
    const answer = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Roses…' }] };
    expect(told('responses', { input: [user('a poem'), answer, user('shorter')] })).toBe(
      `${history('[User]: a poem', '[Assistant]: Roses…')}shorter`,
    );
    const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
    const output = { type: 'function_call_output', call_id: 'c', output: 'sunny' };
    expect(told('responses', { input: [call, output] })).toBe('sunny');
  });

  it.each<readonly [Endpoint, JsonObject]>([
    ['chat.completions', { messages: [] }],
    ['chat.completions', { messages: [system('be kind'), user([{ type: 'image_url' }])] }],
    ['messages', {}],
    ['responses', { input: '' }],
    ['responses', { prompt: { id: 'pmpt_1' } }],
    ['embeddings', { input: 'hi' }],
  ])('is nothing, and that is an error, on %s with %j', (endpoint, body) => {
    expect(() => told(endpoint, body)).toThrow(
      new ClassificationError('no_text', 'The request has no text that could be classified.'),
    );
  });
});
