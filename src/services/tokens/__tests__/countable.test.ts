import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../core/json.ts';
import { isCountable } from '../countable.ts';

const said = (content: JsonValue) => ({ messages: [{ role: 'user', content }] });
const weather = { name: 'weather', parameters: { type: 'object' } };
const tiny = `data:image/gif;base64,${Buffer.alloc(48).fill('GIF89a', 0, 6).toString('base64')}`;

describe('a request whose texts and pictures are its prompt', () => {
  it.each<[string, Parameters<typeof isCountable>[0]]>([
    ['a chat', said('Hello')],
    ['parts', said([{ type: 'text', text: 'Hello' }])],
    ['a picture that is in it', said([{ type: 'image_url', image_url: tiny }])],
    [
      'tools of the client’s',
      {
        messages: [],
        tools: [{ type: 'function', function: weather }, { ...weather }, { type: 'custom', ...weather }],
      },
    ],
    ['a response’s items', { input: [{ type: 'function_call_output', call_id: 'c', output: 'it rains' }] }],
    ['fields that are null', { input: 'Hello', previous_response_id: null, conversation: null }],
    ['texts to embed', { input: ['Hello', 'there'] }],
    ['a text to complete', { prompt: 'Hello' }],
  ])('can be counted: %s', (_, body) => {
    expect(isCountable(body)).toBe(true);
  });

  it.each<[string, Parameters<typeof isCountable>[0]]>([
    ['a stored response before it', { input: 'Hello', previous_response_id: 'resp_1' }],
    ['a stored conversation', { input: 'Hello', conversation: { id: 'conv_1' } }],
    ['a stored prompt', { prompt: { id: 'pmpt_1' } }],
    ['a search', { messages: [], web_search_options: {} }],
    ['an answer that is spoken', { messages: [], audio: { voice: 'alloy', format: 'wav' } }],
    ['a tool of OpenAI’s', { input: 'Hello', tools: [{ type: 'web_search' }] }],
    ['a tool of Anthropic’s', { messages: [], tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['a tool of Gemini’s', { messages: [], tools: [{ google_search: {} }] }],
    ['sound', said([{ type: 'input_audio', input_audio: {} }])],
    ['a file', said([{ type: 'file', file: { file_id: 'f' } }])],
    ['a document', said([{ type: 'document', source: {} }])],
    [
      'a document in a tool’s result',
      {
        messages: [
          { role: 'user', content: [{ type: 'tool_result', content: [{ type: 'document', source: {} }] }] },
        ],
      },
    ],
    ['hidden thoughts', { input: [{ type: 'reasoning', encrypted_content: 'abc' }] }],
    ['a reference', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
    [
      'a picture that is elsewhere',
      {
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'https://x.example/a.png' }] }],
      },
    ],
  ])('cannot where it has %s', (_, body) => {
    expect(isCountable(body)).toBe(false);
  });
});
