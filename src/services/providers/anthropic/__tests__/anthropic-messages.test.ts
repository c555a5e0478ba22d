import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../core/json.ts';
import { refusalOf } from '../../../chat/__tests__/refusal.ts';
import { toAnthropicMessages } from '../anthropic-messages.ts';

const turnsOf = (...messages: JsonValue[]) => toAnthropicMessages(messages).messages;
const user = (content: JsonValue) => ({ role: 'user', content });
const text = (given: string) => ({ type: 'text', text: given });
const call = (id: string, json: JsonValue, more: JsonObject = {}) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: json },
  ...more,
});
const cached = { cache_control: { type: 'ephemeral', ttl: '1h' } };

describe('a chat’s messages', () => {
  it('become instructions, wherever those stand, and turns', () => {
    const messages = [
      { role: 'system', content: 'Be brief' },
      user('Hi'),
      { role: 'assistant', content: 'Hello' },
      { role: 'developer', content: [text('Be kind'), text('In French')] },
      user('Bye'),
    ];
    expect(toAnthropicMessages(messages)).toEqual({
      system: [text('Be brief'), text('Be kind'), text('In French')],
      messages: [user('Hi'), { role: 'assistant', content: 'Hello' }, user('Bye')],
    });
  });

  it('of one role that follow each other become one turn', () => {
    expect(turnsOf(user('One'), user([text('Two')]), user('Three'))).toEqual([
      user([text('One'), text('Two'), text('Three')]),
    ]);
    expect(turnsOf(user('One'), { role: 'system', content: 'x' }, user('Two'))).toEqual([
      user([text('One'), text('Two')]),
    ]);
  });

  it('that say nothing are left out, as Anthropic refuses them', () => {
    expect(
      turnsOf(user(''), { role: 'assistant', content: null }, user([]), user([text('')]), user('Hi')),
    ).toEqual([user('Hi')]);
  });

  it.each(['', null, [text('')]])(
    'whose last question is empty (%j) are refused, as the model would go on',
    (content) => {
      expect(() =>
        toAnthropicMessages([user('Hi'), { role: 'assistant', content: 'Hello' }, { role: 'user', content }]),
      ).toThrow(expect.objectContaining({ code: 'invalid_value', param: 'messages[2].content' }));
    },
  );

  it('may have calls with ids of other providers, which are told in characters that Anthropic takes', () => {
    const call = { id: 'functions.f:0', type: 'function', function: { name: 'f', arguments: '{}' } };
    const [turn, result] = turnsOf(
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'functions.f:0', content: 'x' },
    );
    expect(turn).toMatchObject({ content: [{ type: 'tool_use', id: 'functions_f_0' }] });
    expect(result).toMatchObject({ content: [{ type: 'tool_result', tool_use_id: 'functions_f_0' }] });
  });

  it('keep what a text part says besides', () => {
    expect(turnsOf(user([{ ...text('Hi'), ...cached }]))).toEqual([user([{ ...text('Hi'), ...cached }])]);
  });

  it('marked for the cache as a whole mean their last block', () => {
    expect(
      toAnthropicMessages([
        { role: 'system', content: 'Know this', ...cached },
        { ...user([text('One'), text('Two')]), ...cached },
        { ...user(''), ...cached },
        { role: 'assistant', content: 'Three', ...cached },
      ]),
    ).toEqual({
      system: [{ ...text('Know this'), ...cached }],
      messages: [
        user([text('One'), { ...text('Two'), ...cached }]),
        { role: 'assistant', content: [{ ...text('Three'), ...cached }] },
      ],
    });
  });

  it.each([
    ['messages[1]', [user('Hi'), 'Hello']],
    ['messages[0].role', [{ role: 'robot', content: 'Hi' }]],
    ['messages[0].role', [{ role: 'function', name: 'f', content: 'x' }]],
    ['messages[0].role', [{ content: 'Hi' }]],
    ['messages[0].content[0]', [user([{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }])]],
    ['messages[0].content[1].image_url', [user([text('Hi'), { type: 'image_url', image_url: {} }])]],
    ['messages[0].content[0].file', [user([{ type: 'file', file: { filename: 'a.pdf' } }])]],
    ['messages[0].tool_calls[0]', [{ role: 'assistant', tool_calls: ['x'] }]],
    ['messages[0].tool_calls[1]', [{ role: 'assistant', tool_calls: [call('c', '{}'), { id: 'd' }] }]],
    ['messages[0].function_call', [{ role: 'assistant', function_call: { name: 'f', arguments: '{}' } }]],
    ['messages[0].audio', [{ role: 'assistant', audio: { id: 'audio_1' } }]],
    [
      'messages[0].content[0]',
      [{ role: 'tool', tool_call_id: 'c', content: [{ type: 'input_audio', input_audio: {} }] }],
    ],
  ])('are refused by the name of what cannot be translated: %s', (param, messages) => {
    expect(refusalOf(() => toAnthropicMessages(messages))).toMatchObject({
      code: 'unsupported_parameter',
      status: 400,
      param,
    });
  });
});

describe('a turn of the assistant', () => {
  it('has its text, then its calls, whose arguments are parsed', () => {
    const turn = {
      role: 'assistant',
      content: 'Let me see.',
      tool_calls: [call('c1', '{"city":"Oslo"}'), call('c2', ''), call('c3', '{}', cached)],
    };
    expect(turnsOf(turn)).toEqual([
      {
        role: 'assistant',
        content: [
          text('Let me see.'),
          { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Oslo' } },
          { type: 'tool_use', id: 'c2', name: 'weather', input: {} },
          { type: 'tool_use', id: 'c3', name: 'weather', input: {}, ...cached },
        ],
      },
    ]);
  });

  it('is refused by the place of arguments that are no JSON', () => {
    const turn = { role: 'assistant', tool_calls: [call('c1', '{}'), call('c2', '{"ci')] };
    expect(refusalOf(() => turnsOf(user('Hi'), turn))).toMatchObject({
      code: 'invalid_value',
      param: 'messages[1].tool_calls[1].function.arguments',
    });
  });

  it('begins with the thinking that Anthropic signed, and has no other', () => {
    const thinking_blocks = [
      { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'c2VhbGVk' },
    ];
    const turn = { role: 'assistant', content: 'Yes', reasoning_content: 'hm', thinking_blocks };
    expect(turnsOf(turn)).toEqual([{ role: 'assistant', content: [...thinking_blocks, text('Yes')] }]);
    expect(turnsOf({ role: 'assistant', content: 'Yes', reasoning_content: 'hm' })).toEqual([
      { role: 'assistant', content: 'Yes' },
    ]);
  });

  it('says what it refused to say', () => {
    const refused = [{ role: 'assistant', content: 'I cannot.' }];
    expect(turnsOf({ role: 'assistant', content: null, refusal: 'I cannot.' })).toEqual(refused);
    expect(turnsOf({ role: 'assistant', content: [{ type: 'refusal', refusal: 'I cannot.' }] })).toEqual(
      refused,
    );
    expect(turnsOf({ role: 'assistant', content: 'Yes', refusal: null })).toEqual([
      { role: 'assistant', content: 'Yes' },
    ]);
  });
});

describe('the results of tools', () => {
  it('are one turn of the user’s, before what the user says', () => {
    expect(
      turnsOf(
        { role: 'tool', tool_call_id: 'c1', content: 'rain' },
        { role: 'tool', tool_call_id: 'c2', content: '' },
        user('And now?'),
      ),
    ).toEqual([
      user([
        { type: 'tool_result', tool_use_id: 'c1', content: 'rain' },
        { type: 'tool_result', tool_use_id: 'c2', content: '' },
        text('And now?'),
      ]),
    ]);
  });

  it('may be parts, failed, or marked for the cache', () => {
    const picture = { type: 'image_url', image_url: { url: 'https://images.example/a.png' } };
    const result = { role: 'tool', tool_call_id: 'c1', content: [text('See'), picture], is_error: true };
    expect(turnsOf({ ...result, ...cached })).toEqual([
      user([
        {
          type: 'tool_result',
          tool_use_id: 'c1',
          content: [
            text('See'),
            { type: 'image', source: { type: 'url', url: 'https://images.example/a.png' } },
          ],
          is_error: true,
          ...cached,
        },
      ]),
    ]);
  });
});
