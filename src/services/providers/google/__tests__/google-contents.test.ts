import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../core/json.ts';
import { toGoogleContents } from '../google-contents.ts';

const ask = { role: 'user', content: 'Rain in Rome?' };

function callOf(id: string, name: string, text = '{}', more = {}) {
  return { id, type: 'function', function: { name, arguments: text }, ...more };
}

function contentsOf(...messages: JsonValue[]) {
  return toGoogleContents(messages).contents;
}

describe('instructions', () => {
  it('are gathered wherever they stand, texts and parts alike', () => {
    const later = { role: 'developer', content: [{ type: 'text', text: 'In Latin.' }] };
    expect(toGoogleContents([{ role: 'system', content: 'Be brief.' }, ask, later])).toMatchInlineSnapshot(`
      {
        "contents": [
          {
            "parts": [
              {
                "text": "Rain in Rome?",
              },
            ],
            "role": "user",
          },
        ],
        "systemInstruction": {
          "parts": [
            {
              "text": "Be brief.",
            },
            {
              "text": "In Latin.",
            },
          ],
        },
      }
    `);
  });

  it('are said by the user where nobody says anything', () => {
    expect(toGoogleContents([{ role: 'system', content: 'Say hello.' }])).toEqual({
      systemInstruction: undefined,
      contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }],
    });
  });
});

describe('turns', () => {
  it('of one speaker become one', () => {
    const answer = { role: 'assistant', content: 'No.' };
    expect(contentsOf(ask, { role: 'user', content: 'Or snow?' }, answer, answer)).toMatchInlineSnapshot(`
      [
        {
          "parts": [
            {
              "text": "Rain in Rome?",
            },
            {
              "text": "Or snow?",
            },
          ],
          "role": "user",
        },
        {
          "parts": [
            {
              "text": "No.",
            },
            {
              "text": "No.",
            },
          ],
          "role": "model",
        },
      ]
    `);
  });

  it('that say nothing are left out', () => {
    const silent = { role: 'assistant', content: null };
    expect(contentsOf(ask, silent, { role: 'user', content: '' })).toEqual([
      { role: 'user', parts: [{ text: 'Rain in Rome?' }] },
    ]);
  });

  it('keep a refusal as what was said', () => {
    expect(contentsOf(ask, { role: 'assistant', content: null, refusal: 'No.' })[1]).toEqual({
      role: 'model',
      parts: [{ text: 'No.' }],
    });
  });

  it('do not send back what was thought', () => {
    const answer = { role: 'assistant', content: 'No.', reasoning_content: 'Rome is dry.' };
    expect(contentsOf(ask, answer)[1]).toEqual({ role: 'model', parts: [{ text: 'No.' }] });
  });

  it('send it back with the signature that came with it', () => {
    const answer = {
      role: 'assistant',
      content: 'No.',
      reasoning_content: 'Rome is dry.',
      extra_content: { google: { thought_signature: 'c2ln' } },
    };
    expect(contentsOf(ask, answer)[1]).toEqual({
      role: 'model',
      parts: [
        { text: 'Rome is dry.', thought: true },
        { text: 'No.', thoughtSignature: 'c2ln' },
      ],
    });
  });
});

describe('calls and their results', () => {
  const signature = { extra_content: { google: { thought_signature: 'c2ln' } } };
  const calling = {
    role: 'assistant',
    content: 'I will look.',
    tool_calls: [callOf('c1', 'rain', '{"city":"Rome"}', signature), callOf('c2', 'snow', '')],
  };

  it('have no arguments where they are null, as some languages write nothing', () => {
    const call = { role: 'assistant', tool_calls: [callOf('c1', 'rain', 'null')] };
    expect(contentsOf(ask, call)[1]).toMatchObject({ parts: [{ functionCall: { name: 'rain', args: {} } }] });
  });

  it('keep text, arguments, ids and signatures, with the results in one turn apart from what the user says', () => {
    const results = [
      {
        role: 'tool',
        tool_call_id: 'c2',
        content: [
          { type: 'text', text: 'no ' },
          { type: 'text', text: 'snow' },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'dry' },
    ];
    expect(contentsOf(ask, calling, ...results, { role: 'user', content: 'Thanks' })).toMatchInlineSnapshot(`
      [
        {
          "parts": [
            {
              "text": "Rain in Rome?",
            },
          ],
          "role": "user",
        },
        {
          "parts": [
            {
              "text": "I will look.",
            },
            {
              "functionCall": {
                "args": {
                  "city": "Rome",
                },
                "id": "c1",
                "name": "rain",
              },
              "thoughtSignature": "c2ln",
            },
            {
              "functionCall": {
                "args": {},
                "id": "c2",
                "name": "snow",
              },
            },
          ],
          "role": "model",
        },
        {
          "parts": [
            {
              "functionResponse": {
                "id": "c2",
                "name": "snow",
                "response": {
                  "output": "no snow",
                },
              },
            },
            {
              "functionResponse": {
                "id": "c1",
                "name": "rain",
                "response": {
                  "output": "dry",
                },
              },
            },
          ],
          "role": "user",
        },
        {
          "parts": [
            {
              "text": "Thanks",
            },
          ],
          "role": "user",
        },
      ]
    `);
  });

  it('take a result’s function from its name where the call is not in the history', () => {
    const result = { role: 'tool', tool_call_id: 'c9', name: 'rain', content: 'dry' };
    expect(contentsOf(result)).toEqual([
      {
        role: 'user',
        parts: [{ functionResponse: { id: 'c9', name: 'rain', response: { output: 'dry' } } }],
      },
    ]);
  });
});

describe('parts', () => {
  const partOf = (part: JsonValue) => contentsOf({ role: 'user', content: [part] })[0]?.parts;
  const image = (url: string, more = {}) => ({ type: 'image_url', image_url: { url, ...more } });
  const file = (fields: JsonValue) => ({ type: 'file', file: fields });

  it.each([
    [
      'an image in place',
      image('data:image/png;base64,AAAA'),
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
    ],
    [
      'an image in place as text',
      image('data:image/svg+xml,%3Csvg%20t=é/>'),
      { inlineData: { mimeType: 'image/svg+xml', data: Buffer.from('<svg t=é/>').toString('base64') } },
    ],
    ['bare data', image('AAAA'), { inlineData: { mimeType: 'image/jpeg', data: 'AAAA' } }],
    [
      'an address',
      image('https://x.example/a/b.PNG?size=2'),
      { fileData: { mimeType: 'image/png', fileUri: 'https://x.example/a/b.PNG?size=2' } },
    ],
    [
      'an address without a type',
      image('https://x.example/a'),
      { fileData: { fileUri: 'https://x.example/a' } },
    ],
    [
      'an address with a type',
      image('gs://bucket/a', { mime_type: 'image/webp' }),
      { fileData: { mimeType: 'image/webp', fileUri: 'gs://bucket/a' } },
    ],
    [
      'a file in place',
      file({ file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' }),
      { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
    ],
    [
      'a file of bare data',
      file({ file_data: 'AAAA', filename: 'a.csv' }),
      { inlineData: { mimeType: 'text/csv', data: 'AAAA' } },
    ],
    [
      'a file by its address at Google',
      file({ file_id: 'https://google.example/v1beta/files/x', mime_type: 'text/plain' }),
      { fileData: { mimeType: 'text/plain', fileUri: 'https://google.example/v1beta/files/x' } },
    ],
    [
      'audio',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } },
    ],
    [
      'audio whose type has another name',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'opus' } },
      { inlineData: { mimeType: 'audio/ogg', data: 'AAAA' } },
    ],
    [
      'audio of a format that is no format',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'constructor' } },
      { inlineData: { mimeType: 'audio/constructor', data: 'AAAA' } },
    ],
    [
      'an address that ends in no type',
      image('https://images.example/a.constructor'),
      { fileData: { fileUri: 'https://images.example/a.constructor' } },
    ],
  ])('translate %s', (_, part, expected) => {
    expect(partOf(part)).toEqual([expected]);
  });

  it.each([
    ['messages[0].content[0].type', { type: 'video_url', video_url: {} }],
    ['messages[0].content[0]', 'text'],
    ['messages[0].content[0].image_url.url', image('')],
    ['messages[0].content[0].image_url.url', image('data:image/png')],
    ['messages[0].content[0].file', file({ file_id: 'file-abc' })],
    ['messages[0].content[0].file', file({})],
    ['messages[0].content[0].input_audio', { type: 'input_audio', input_audio: {} }],
  ])('are refused by their place, %s', (param, part) => {
    expect(() => partOf(part)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});

describe('what cannot be translated', () => {
  const calling = (text: string) => ({
    role: 'assistant',
    tool_calls: [callOf('a', 'f'), callOf('b', 'f', text)],
  });
  const custom = { id: 'c', type: 'custom', custom: { name: 'f', input: '' } };

  it.each<[string, JsonValue[]]>([
    ['messages[1].tool_calls[1].function.arguments', [ask, calling('{"city":')]],
    ['messages[1].tool_calls[1].function.arguments', [ask, calling('[1]')]],
    ['messages[0].tool_calls[0]', [{ role: 'assistant', tool_calls: [custom] }]],
    ['messages[0].function_call', [{ role: 'assistant', function_call: { name: 'f', arguments: '{}' } }]],
    ['messages[0].audio', [{ role: 'assistant', audio: { id: 'audio_1' } }]],
    ['messages[0].tool_call_id', [{ role: 'tool', tool_call_id: 'c9', content: 'x' }]],
    [
      'messages[0].content[0].type',
      [{ role: 'tool', name: 'f', content: [{ type: 'image_url', image_url: { url: 'AA' } }] }],
    ],
    ['messages[0].role', [{ role: 'function', name: 'f', content: 'x' }]],
    ['messages[0].content', [{ role: 'user', content: 7 }]],
    ['messages[0]', ['Hello']],
  ])('is refused by its place, %s', (param, messages) => {
    expect(() => toGoogleContents(messages)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});
