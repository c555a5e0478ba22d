import { describe } from 'vitest';
import { accepts, refuses } from './refusal-cases.ts';

const user = { role: 'user', content: 'Hello' };
const call = { id: 'call_1', type: 'function', function: { name: 'find', arguments: '{}' } };
const calling = { role: 'assistant', content: null, tool_calls: [call] };

describe('messages', () => {
  refuses([
    {
      name: 'no messages',
      fields: { messages: undefined },
      message: "Missing required parameter: 'messages'.",
      param: 'messages',
      code: 'missing_required_parameter',
    },
    {
      name: 'an empty list',
      fields: { messages: [] },
      message:
        "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      param: 'messages',
      code: 'empty_array',
    },
    {
      name: 'a message that is no object',
      fields: { messages: ['Hello'] },
      message: "Invalid type for 'messages[0]': expected an object, but got a string instead.",
      param: 'messages[0]',
      code: 'invalid_type',
    },
    {
      name: 'a message without a role',
      fields: { messages: [{ content: 'Hello' }] },
      message: "Missing required parameter: 'messages[0].role'.",
      param: 'messages[0].role',
      code: 'missing_required_parameter',
    },
    {
      name: 'an unknown role',
      fields: { messages: [user, { role: 'model', content: 'Hello' }] },
      message:
        "Invalid value: 'model'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
      param: 'messages[1].role',
      code: 'invalid_value',
    },
    {
      name: 'a content that is an object',
      fields: { messages: [{ role: 'user', content: { text: 'Hello' } }] },
      message:
        "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an object instead.",
      param: 'messages[0].content',
      code: 'invalid_type',
    },
    {
      name: 'a user without content',
      fields: { messages: [{ role: 'user', content: null }] },
      message: "Invalid value for 'content': expected a string, got null.",
      param: 'messages.[0].content',
      code: null,
    },
    {
      name: 'an assistant who neither speaks nor calls',
      fields: { messages: [user, { role: 'assistant', content: null }] },
      message: "Invalid value for 'content': expected a string, got null.",
      param: 'messages.[1].content',
      code: null,
    },
    {
      name: 'a developer without content',
      fields: { messages: [{ role: 'developer' }] },
      message: "Missing required parameter: 'messages[0].content'.",
      param: 'messages[0].content',
      code: 'missing_required_parameter',
    },
    {
      name: 'an unknown field of a message',
      fields: { messages: [{ ...user, reasoning_content: 'hm' }] },
      message: "Unknown parameter: 'messages[0].reasoning_content'.",
      param: 'messages[0].reasoning_content',
      code: 'unknown_parameter',
    },
    {
      name: 'a name with a space',
      fields: { messages: [{ ...user, name: 'Ada L' }] },
      message:
        "Invalid 'messages[0].name': string does not match pattern. Expected a string that matches the pattern '^[^\\s<|\\\\/>]+$'.",
      param: 'messages[0].name',
      code: 'invalid_value',
    },
    {
      name: 'an unknown kind of part',
      fields: { messages: [{ role: 'user', content: [{ type: 'image', image: 'x' }] }] },
      message:
        "Invalid value: 'image'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', 'audio', and 'file'.",
      param: 'messages[0].content[0].type',
      code: 'invalid_value',
    },
    {
      name: 'a part without a type',
      fields: { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] },
      message: "Missing required parameter: 'messages[0].content[0].type'.",
      param: 'messages[0].content[0].type',
      code: 'missing_required_parameter',
    },
    {
      name: 'a part with a field of another provider',
      fields: {
        messages: [
          { role: 'system', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] },
          user,
        ],
      },
      message: "Unknown parameter: 'messages[0].content[0].cache_control'.",
      param: 'messages[0].content[0].cache_control',
      code: 'unknown_parameter',
    },
    {
      name: 'an image from the assistant',
      fields: {
        messages: [
          user,
          {
            role: 'assistant',
            content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }],
          },
        ],
      },
      message:
        "Invalid 'messages[1]'. Image URLs are only allowed for messages with role 'user', but this message with role 'assistant' contains an image URL.",
      param: 'messages[1]',
      code: 'invalid_value',
    },
    {
      name: 'audio in a tool message',
      fields: {
        messages: [
          user,
          calling,
          {
            role: 'tool',
            tool_call_id: 'call_1',
            content: [{ type: 'input_audio', input_audio: { data: 'aGk=', format: 'wav' } }],
          },
        ],
      },
      message: "Invalid value: 'input_audio'. Supported values are: 'text'.",
      param: 'messages[2].content[0].type',
      code: 'invalid_value',
    },
    {
      name: 'an image that is a bare string',
      fields: {
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'https://example.com' }] }],
      },
      message:
        "Invalid type for 'messages[0].content[0].image_url': expected an object, but got a string instead.",
      param: 'messages[0].content[0].image_url',
      code: 'invalid_type',
    },
    {
      name: 'a document sent as an image',
      fields: {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'data:application/pdf;base64,aGk=' } }],
          },
        ],
      },
      message:
        "Invalid image URL: 'messages[0].content[0].image_url.url'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got unsupported MIME type 'application/pdf'.",
      param: 'messages[0].content[0].image_url.url',
      code: 'invalid_value',
    },
    {
      name: 'an audio format it cannot read',
      fields: {
        messages: [
          {
            role: 'user',
            content: [{ type: 'input_audio', input_audio: { data: 'aGk=', format: 'ogg' } }],
          },
        ],
      },
      message: "Invalid value: 'ogg'. Supported values are: 'wav' and 'mp3'.",
      param: 'messages[0].content[0].input_audio.format',
      code: 'invalid_value',
    },
    {
      name: 'a file without data',
      fields: { messages: [{ role: 'user', content: [{ type: 'file', file: { filename: 'a.pdf' } }] }] },
      message: "Missing required parameter: 'messages[0].content[0].file.file_id'.",
      param: 'messages[0].content[0].file.file_id',
      code: 'missing_required_parameter',
    },
  ]);
  accepts([
    ['an empty content', { messages: [{ role: 'user', content: '' }] }],
    ['an assistant who refuses', { messages: [user, { role: 'assistant', refusal: 'No.' }, user] }],
    [
      'an answer of its own in the history',
      { messages: [user, { role: 'assistant', content: 'Hi', refusal: null, annotations: [] }, user] },
    ],
    [
      'every part a user may send',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Hello' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=', detail: 'low' } },
              { type: 'input_audio', input_audio: { data: 'aGk=', format: 'mp3' } },
              { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' } },
            ],
          },
        ],
      },
    ],
  ]);
});

describe('tool messages', () => {
  const result = { role: 'tool', tool_call_id: 'call_1', content: '42' };
  refuses([
    {
      name: 'a result nobody asked for',
      fields: { messages: [user, result] },
      message:
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
      param: 'messages.[1].role',
      code: null,
    },
    {
      name: 'a result of another call',
      fields: { messages: [user, calling, { ...result, tool_call_id: 'call_2' }] },
      message: "Invalid parameter: 'tool_call_id' of 'call_2' not found in 'tool_calls' of previous message.",
      param: 'messages.[2].tool_call_id',
      code: null,
    },
    {
      name: 'a call that is followed by a user message',
      fields: { messages: [user, calling, user] },
      message:
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1",
      param: 'messages.[2].role',
      code: null,
    },
    {
      name: 'a call without a result at the end',
      fields: {
        messages: [user, { ...calling, tool_calls: [call, { ...call, id: 'call_2' }] }, result],
      },
      message:
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_2",
      param: 'messages',
      code: null,
    },
    {
      name: 'two results of one call',
      fields: { messages: [user, calling, result, result] },
      message: "Duplicate value for 'tool_call_id' of call_1 in message[3]",
      param: 'messages.[3].tool_call_id',
      code: null,
    },
    {
      name: 'a tool message without an id',
      fields: { messages: [user, calling, { role: 'tool', content: '42' }] },
      message: "Missing required parameter: 'messages[2].tool_call_id'.",
      param: 'messages[2].tool_call_id',
      code: 'missing_required_parameter',
    },
    {
      name: 'an empty list of calls',
      fields: { messages: [user, { role: 'assistant', content: 'Hi', tool_calls: [] }] },
      message:
        "Invalid 'messages[1].tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      param: 'messages[1].tool_calls',
      code: 'empty_array',
    },
    {
      name: 'a call that kept its stream index',
      fields: { messages: [user, { ...calling, tool_calls: [{ ...call, index: 0 }] }, result] },
      message: "Unknown parameter: 'messages[1].tool_calls[0].index'.",
      param: 'messages[1].tool_calls[0].index',
      code: 'unknown_parameter',
    },
    {
      name: 'a call with an id of more than 40 characters',
      fields: { messages: [user, { ...calling, tool_calls: [{ ...call, id: 'c'.repeat(41) }] }, result] },
      message:
        "Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40, but got a string with length 41 instead.",
      param: 'messages[1].tool_calls[0].id',
      code: 'string_above_max_length',
    },
    {
      name: 'arguments that are an object',
      fields: {
        messages: [
          user,
          { ...calling, tool_calls: [{ ...call, function: { name: 'find', arguments: {} } }] },
          result,
        ],
      },
      message:
        "Invalid type for 'messages[1].tool_calls[0].function.arguments': expected a string, but got an object instead.",
      param: 'messages[1].tool_calls[0].function.arguments',
      code: 'invalid_type',
    },
  ]);
  accepts([
    ['a result of each call', { messages: [user, calling, result] }],
    [
      'a call by the deprecated way',
      { messages: [user, { role: 'assistant', function_call: call.function }, user] },
    ],
  ]);
});
