import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import type { Endpoint } from '../../../core/provider-call.ts';
import { applied, prepend, replaceWith, setSystem } from './prompt-rule.ts';

const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
const user = (content: JsonValue) => ({ role: 'user', content });
const text = (value: string) => ({ type: 'text', text: value });

describe('a rule on chat', () => {
  it('replaces the text of the last message of the user, and of no other', () => {
    const messages = [user('first'), { role: 'assistant', content: 'yes?' }, user('last')];
    expect(applied(replaceWith('Translate: {{user_prompt}}'), 'chat.completions', { messages })).toEqual({
      messages: [messages[0], messages[1], user('Translate: last')],
    });
  });

  it('replaces the texts of a message by one, where the first stood, and keeps pictures in their order', () => {
    const other = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } };
    const messages = [user([picture, text('what is'), other, text('this?')])];
    expect(applied(replaceWith('<{{user_prompt}}>'), 'chat.completions', { messages })).toEqual({
      messages: [user([picture, text('<what is\nthis?>'), other])],
    });
  });

  it('puts its text in front of the first text, and leaves the others as they are', () => {
    const messages = [user([picture, text('one'), text('two')])];
    expect(applied(prepend('Be brief.'), 'chat.completions', { messages })).toEqual({
      messages: [user([picture, text('Be brief.\n\none'), text('two')])],
    });
    expect(applied(prepend('Be brief.'), 'chat.completions', { messages: [user('one')] })).toEqual({
      messages: [user('Be brief.\n\none')],
    });
  });

  it.each([
    ['replace', replaceWith('Describe it.')],
    ['prepend', prepend('Describe it.')],
  ] as const)('gives a message of pictures only a text in front on %s', (_, rule) => {
    expect(applied(rule, 'chat.completions', { messages: [user([picture])] })).toEqual({
      messages: [user([text('Describe it.'), picture])],
    });
  });

  it('puts nothing but its text where the user said nothing', () => {
    expect(applied(prepend('Hello.'), 'chat.completions', { messages: [user('')] })).toEqual({
      messages: [user('Hello.')],
    });
  });

  it('takes no result of a tool for a message of the user', () => {
    const called = { role: 'assistant', content: null, tool_calls: [{ id: 'call_1' }] };
    const result = { role: 'tool', tool_call_id: 'call_1', content: 'sunny' };
    const body = { messages: [user('weather?'), called, result] };
    expect(applied(replaceWith('In English: {{user_prompt}}'), 'chat.completions', body)).toEqual({
      messages: [user('In English: weather?'), called, result],
    });
  });

  it.each([
    ['replace', replaceWith('x')],
    ['prepend', prepend('x')],
  ] as const)('leaves a conversation without a user alone on %s', (_, rule) => {
    const body = { messages: [{ role: 'system', content: 'be kind' }] };
    expect(applied(rule, 'chat.completions', body)).toBe(body);
  });

  it('replaces the first system message and no further one', () => {
    const later = { role: 'system', content: 'stay' };
    const messages = [user('hi'), { role: 'system', content: 'old', name: 'ops' }, later];
    expect(applied(setSystem('new'), 'chat.completions', { messages })).toEqual({
      messages: [messages[0], { role: 'system', content: 'new', name: 'ops' }, later],
    });
  });

  it('takes the message of a developer for a system message', () => {
    const messages = [{ role: 'developer', content: 'old' }, user('hi')];
    expect(applied(setSystem('new'), 'chat.completions', { messages })).toEqual({
      messages: [{ role: 'developer', content: 'new' }, user('hi')],
    });
  });

  it('puts a system message first where there is none', () => {
    expect(
      applied(setSystem('Asked: {{user_prompt}}'), 'chat.completions', { messages: [user('hi')] }),
    ).toEqual({ messages: [{ role: 'system', content: 'Asked: hi' }, user('hi')] });
  });

  it('keeps every other field of the request', () => {
    const rest = {
      model: 'm',
      temperature: 0,
      stream: true,
      tools: [{ type: 'function' }],
      vendor: { x: 1 },
    };
    const body = { ...rest, messages: [user('hi')] };
    expect(applied(setSystem('new'), 'chat.completions', body)).toMatchObject(rest);
  });
});

describe('a rule on messages', () => {
  const blocks = [
    { type: 'text', text: 'You are old.' },
    { type: 'text', text: 'Very old.', cache_control: { type: 'ephemeral' } },
  ];

  it('sets the system prompt, whether there is none or a text', () => {
    const messages = [user('hi')];
    expect(applied(setSystem('new'), 'messages', { messages })).toEqual({ system: 'new', messages });
    expect(applied(setSystem('new'), 'messages', { system: 'old', messages })).toEqual({
      system: 'new',
      messages,
    });
  });

  it('puts one block in the place of the system prompt’s blocks and keeps their cache mark', () => {
    expect(applied(setSystem('new'), 'messages', { system: blocks, messages: [user('hi')] })).toEqual({
      system: [{ type: 'text', text: 'new', cache_control: { type: 'ephemeral' } }],
      messages: [user('hi')],
    });
  });

  it('keeps images, documents and cache marks of the user', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
    const marked = { ...text('what?'), cache_control: { type: 'ephemeral', ttl: '1h' } };
    expect(applied(prepend('Be brief.'), 'messages', { messages: [user([image, marked])] })).toEqual({
      messages: [user([image, { ...marked, text: 'Be brief.\n\nwhat?' }])],
    });
  });

  it('takes a message of nothing but tool results for no message of the user', () => {
    const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'sunny' };
    const called = {
      role: 'assistant',
      content: [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }],
    };
    const body = { messages: [user('weather?'), called, user([result])] };
    expect(applied(replaceWith('<{{user_prompt}}>'), 'messages', body)).toEqual({
      messages: [user('<weather?>'), called, user([result])],
    });
  });

  it('puts a new text after the tool results of its message: Anthropic wants these first', () => {
    const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'sunny' };
    const image = { type: 'image', source: { type: 'url', url: 'https://pictures.example/1.png' } };
    expect(applied(prepend('Look.'), 'messages', { messages: [user([result, image])] })).toEqual({
      messages: [user([result, text('Look.'), image])],
    });
  });
});

describe('a rule on responses', () => {
  it('changes an input that is a text', () => {
    expect(applied(prepend('Be brief.'), 'responses', { input: 'hi' })).toEqual({ input: 'Be brief.\n\nhi' });
    expect(applied(replaceWith('<{{user_prompt}}>'), 'responses', { input: 'hi' })).toEqual({
      input: '<hi>',
    });
  });

  it('changes the last item of the user, whatever kinds of items there are', () => {
    const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
    const output = { type: 'function_call_output', call_id: 'c', output: 'sunny' };
    const image = { type: 'input_image', image_url: 'https://pictures.example/1.png' };
    const asked = (value: string) => ({
      type: 'message',
      role: 'user',
      content: [image, { type: 'input_text', text: value }],
    });
    expect(applied(prepend('Be brief.'), 'responses', { input: [asked('weather?'), call, output] })).toEqual({
      input: [asked('Be brief.\n\nweather?'), call, output],
    });
  });

  it.each([
    ['a message without a role', { type: 'message', content: 'hi' }, { type: 'message', content: '<hi>' }],
    ['content alone', { content: 'hi' }, { content: '<hi>' }],
    ['a part alone', { type: 'input_text', text: 'hi' }, { type: 'input_text', text: '<hi>' }],
    ['a text alone', 'hi', '<hi>'],
  ])('takes %s for the user’s', (_, item, changed) => {
    expect(applied(replaceWith('<{{user_prompt}}>'), 'responses', { input: [item] })).toEqual({
      input: [changed],
    });
  });

  it('gives a message of pictures an input_text', () => {
    const image = { type: 'input_image', image_url: 'https://pictures.example/1.png' };
    expect(applied(prepend('Look.'), 'responses', { input: [user([image])] })).toEqual({
      input: [user([{ type: 'input_text', text: 'Look.' }, image])],
    });
  });

  it('sets the instructions, in the place of old ones or anew', () => {
    expect(applied(setSystem('new'), 'responses', { input: 'hi' })).toEqual({
      instructions: 'new',
      input: 'hi',
    });
    expect(applied(setSystem('new'), 'responses', { instructions: 'old', input: 'hi' })).toEqual({
      instructions: 'new',
      input: 'hi',
    });
  });

  it('replaces the first system item where there are no instructions', () => {
    const body = { instructions: null, input: [{ role: 'developer', content: 'old' }, user('hi')] };
    expect(applied(setSystem('new'), 'responses', body)).toEqual({
      instructions: null,
      input: [{ role: 'developer', content: 'new' }, user('hi')],
    });
  });
});

describe('the variables of a rule', () => {
  const filled = (template: string, prompt = 'hi') =>
    applied(replaceWith(template), 'responses', { input: prompt }).input;

  it('are the user’s text and the date in UTC, with or without blanks in the braces', () => {
    expect(filled('{{date}} {{ date }} {{user_prompt}} {{  user_prompt }}')).toBe(
      '2025-11-05 2025-11-05 hi hi',
    );
  });

  it('are not looked for in a value', () => {
    expect(filled('{{user_prompt}}', '{{date}} {{user_prompt}}')).toBe('{{date}} {{user_prompt}}');
  });

  it('take a value as it is, dollar signs and all', () => {
    expect(filled('<{{user_prompt}}>', "$& $1 $$ $'")).toBe("<$& $1 $$ $'>");
  });

  it('are these two: everything else in braces is a text', () => {
    expect(filled('{{model}} {date} {{ }} {{user_prompt')).toBe('{{model}} {date} {{ }} {{user_prompt');
  });

  it('are empty where no user spoke', () => {
    const body = { messages: [{ role: 'assistant', content: 'hi' }] };
    expect(applied(setSystem('<{{user_prompt}}>'), 'chat.completions', body)).toMatchObject({
      messages: [{ role: 'system', content: '<>' }, {}],
    });
  });
});

describe('a rule that injects once', () => {
  const once = prepend('Be brief.', { injectOnce: true });
  const isApplied = (endpoint: Endpoint, body: Parameters<typeof applied>[2]) =>
    applied(once, endpoint, body) !== body;
  const system = { role: 'system', content: 'be kind' };

  it('is for a conversation of one message of the user, system messages aside', () => {
    expect(isApplied('chat.completions', { messages: [user('hi')] })).toBe(true);
    expect(
      isApplied('chat.completions', { messages: [system, { role: 'developer', content: '' }, user('hi')] }),
    ).toBe(true);
    expect(isApplied('messages', { system: 'be kind', messages: [user('hi')] })).toBe(true);
  });

  it('is for no conversation that goes on', () => {
    const answered = [user('hi'), { role: 'assistant', content: 'hello' }, user('how are you?')];
    expect(isApplied('chat.completions', { messages: answered })).toBe(false);
    expect(isApplied('chat.completions', { messages: [user('hi'), user('there')] })).toBe(false);
    expect(isApplied('chat.completions', { messages: [{ role: 'assistant', content: 'hello' }] })).toBe(
      false,
    );
    expect(isApplied('messages', { messages: [user([{ type: 'tool_result', content: '' }])] })).toBe(false);
  });

  it('counts the items of an input, and no instructions', () => {
    expect(isApplied('responses', { instructions: 'be kind', input: 'hi' })).toBe(true);
    expect(isApplied('responses', { input: [system, user('hi')] })).toBe(true);
    expect(isApplied('responses', { input: [user('hi'), { type: 'reasoning', summary: [] }] })).toBe(false);
    const image = { type: 'input_image', image_url: 'https://pictures.example/1.png' };
    expect(isApplied('responses', { input: [{ type: 'input_text', text: 'hi' }, image] })).toBe(true);
  });

  it('is for no request that goes on from a stored one, whose history it cannot see', () => {
    expect(isApplied('responses', { previous_response_id: 'resp_1', input: 'hi' })).toBe(false);
    expect(isApplied('responses', { conversation: 'conv_1', input: 'hi' })).toBe(false);
    expect(isApplied('responses', { previous_response_id: null, input: 'hi' })).toBe(true);
  });
});

describe('a rule', () => {
  it('does nothing when it is switched off', () => {
    const body = { messages: [user('hi')] };
    expect(applied(prepend('x', { enabled: false }), 'chat.completions', body)).toBe(body);
  });

  it.each(['completions', 'embeddings', 'moderations', 'messages.count_tokens', 'audio.speech'] as const)(
    'does nothing on %s',
    (endpoint) => {
      const body = { messages: [user('hi')], input: 'hi', prompt: 'hi' };
      expect(applied(prepend('x'), endpoint, body)).toBe(body);
    },
  );

  it.each([{}, { messages: 'hi' }, { messages: [null, 3, 'x', {}] }, { messages: null }])(
    'leaves what cannot be read to the provider: %j',
    (body) => {
      expect(() => applied(prepend('x'), 'chat.completions', body)).not.toThrow();
    },
  );

  it('never loses, reorders or changes a part that is no text, and never changes the body in place', () => {
    const part = fc.oneof(
      fc.string().map((value) => text(value)),
      fc.nat().map((id) => ({ type: 'image_url', image_url: { url: `https://pictures.example/${id}` } })),
      fc.nat().map((id) => ({ type: 'file', file: { file_id: String(id) } })),
    );
    const message = fc.record({
      role: fc.constantFrom('user', 'assistant', 'system', 'tool'),
      content: fc.oneof(fc.string(), fc.array(part)),
    });
    const rule = fc.constantFrom(replaceWith('<{{user_prompt}}>'), prepend('<'), setSystem('s'));
    fc.assert(
      fc.property(fc.array(message), rule, (messages, given) => {
        const before = structuredClone(messages);
        const changed = applied(given, 'chat.completions', { messages });
        expect(messages).toEqual(before);
        expect(mediaIn(changed.messages)).toEqual(mediaIn(messages));
      }),
    );
  });
});

function mediaIn(messages: JsonValue | undefined): readonly unknown[] {
  if (!Array.isArray(messages)) return [];
  return messages
    .filter(isJsonObject)
    .flatMap(({ content }) => (Array.isArray(content) ? content : []))
    .filter((part) => isJsonObject(part) && part.type !== 'text');
}
