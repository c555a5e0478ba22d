import { ERRORS, FAULTS } from './faults.ts';
import { cases, type NamedBody, type ParityCase, wholeAndStreamed } from './parity-case.ts';
import { image, imageTurn, LONG, said, strictTree, told, toolTurn, weather } from './turns.ts';

const CHAT = '/v1/chat/completions';
const oslo = { name: 'get_weather', arguments: '{"city":"Oslo"}' };
const rome = { name: 'get_weather', arguments: '{"city":"São Paulo"}' };

/** A tool without parameters. */
const clock = { type: 'function', function: { name: 'get_time', description: 'The time' } };
/** A schema with what Google's own lacks: definitions, closed objects, unions with null. */
const tree = {
  type: 'json_schema',
  json_schema: {
    name: 'tree',
    strict: true,
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        species: { type: 'string' },
        age: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
        roots: { type: 'array', items: { $ref: '#/$defs/root' } },
      },
      required: ['species', 'age', 'roots'],
      additionalProperties: false,
      $defs: {
        root: {
          type: 'object',
          properties: { depth: { type: 'number' } },
          required: ['depth'],
          additionalProperties: false,
        },
      },
    },
  },
};

const text: readonly NamedBody[] = [
  ['text', { messages: said('Hello there') }],
  ['text not ASCII', { messages: told({ text: '榕树 🌳 «ficus» \\" \n 結束 \u2028' }) }],
  ['empty text', { messages: told({ text: '' }) }],
  [
    'system first, and history',
    {
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Bye', name: 'ada' },
      ],
    },
  ],
  [
    'developer in parts',
    {
      messages: [
        { role: 'developer', content: [{ type: 'text', text: 'Be brief' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'text', text: 'there' },
          ],
        },
      ],
    },
  ],
  [
    'several system messages',
    {
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'developer', content: 'And kind' },
        { role: 'user', content: 'Hi' },
      ],
    },
  ],
  [
    'several parts of a system message',
    {
      messages: [
        {
          role: 'system',
          content: [
            { type: 'text', text: 'Be brief' },
            { type: 'text', text: 'And kind' },
          ],
        },
        { role: 'user', content: 'Hi' },
      ],
    },
  ],
  [
    'system later',
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Bye' },
      ],
    },
  ],
  [
    'same role twice',
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'user', content: 'there' },
        { role: 'assistant', content: 'Hello' },
        { role: 'assistant', content: 'again' },
        { role: 'user', content: 'Bye' },
      ],
    },
  ],
  [
    'empty content in history',
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: '' },
        { role: 'user', content: 'Bye' },
      ],
    },
  ],
  ['cut by max_tokens', { messages: told({ text: LONG }), max_tokens: 3 }],
  ['cut by max_completion_tokens', { messages: told({ text: LONG }), max_completion_tokens: 3 }],
  ['stop sequence', { messages: told({ text: LONG }), stop: 'five' }],
  ['stop sequences', { messages: told({ text: LONG }), stop: ['five', 'six'] }],
  ['two choices', { messages: said('Hello'), n: 2 }],
  ['sampling at zero', { messages: said('Hi'), temperature: 0, top_p: 0, top_k: 1, seed: 0 }],
  ['penalties', { messages: said('Hi'), presence_penalty: 0.5, frequency_penalty: -0.5 }],
  ['log probabilities', { messages: said('Hi there'), logprobs: true, top_logprobs: 2 }],
  ['log probabilities, not ASCII', { messages: told({ text: 'é 🌳' }), logprobs: true, top_logprobs: 1 }],
];

const tools: readonly NamedBody[] = [
  ['tool call', { messages: told({ toolCalls: [oslo] }), tools: [weather] }],
  ['tool call and text', { messages: told({ text: 'Let me see.', toolCalls: [oslo] }), tools: [weather] }],
  ['parallel tool calls', { messages: told({ toolCalls: [oslo, rome] }), tools: [weather] }],
  [
    'parallel tool calls in one event',
    { messages: told({ toolCalls: [oslo, rome], singleEvent: true }), tools: [weather] },
  ],
  [
    'tool call behind text in one event',
    { messages: told({ text: 'Let me see.', toolCalls: [oslo], singleEvent: true }), tools: [weather] },
  ],
  [
    'tool call behind a thought in one event',
    { messages: told({ reasoning: 'hm', toolCalls: [oslo], singleEvent: true }), tools: [weather] },
  ],
  [
    'tool call without arguments',
    { messages: told({ toolCalls: [{ name: 'get_time', arguments: '' }] }), tools: [clock] },
  ],
  [
    'tool call with empty arguments',
    { messages: told({ toolCalls: [{ name: 'get_time', arguments: '{}' }] }), tools: [clock] },
  ],
  [
    'signed tool call',
    { messages: told({ reasoning: 'look it up', toolCalls: [oslo, rome] }), tools: [weather] },
  ],
  [
    'malformed tool call',
    { messages: told({ finishReason: 'MALFORMED_FUNCTION_CALL', text: '' }), tools: [weather] },
  ],
  ['parallel_tool_calls', { messages: said('Weather?'), tools: [weather], parallel_tool_calls: false }],
  ['tool choice auto', { messages: said('Weather?'), tools: [weather], tool_choice: 'auto' }],
  ['tool choice none', { messages: said('Weather?'), tools: [weather], tool_choice: 'none' }],
  ['tool choice required', { messages: said('Weather?'), tools: [weather], tool_choice: 'required' }],
  [
    'tool choice by name',
    {
      messages: said('Weather?'),
      tools: [clock, weather],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
    },
  ],
  ['strict tool', { messages: said('Weather?'), tools: [strictTool()], tool_choice: 'required' }],
  ['tool results', { messages: toolTurn, tools: [weather] }],
  [
    'named tool results in parts',
    { messages: resultTurn([{ type: 'text', text: 'minus four' }]), tools: [weather] },
  ],
  ['text beside a past tool call', { messages: resultTurn('minus four', 'Let me see.'), tools: [weather] }],
  [
    'legacy functions',
    { messages: said('Weather?'), functions: [weather.function], function_call: { name: 'get_weather' } },
  ],
  ['web search', { messages: told({ grounding: true }), web_search_options: {} }],
  ['Google search', { messages: told({ grounding: true }), tools: [searchTool()] }],
];

const media: readonly NamedBody[] = [
  ['images', { messages: imageTurn }],
  ['image without a type in its address', { messages: picture('https://images.example/fig') }],
  [
    'image with a type beside its address',
    { messages: parts({ type: 'image_url', image_url: { url: 'gs://a/fig', mime_type: 'image/webp' } }) },
  ],
  [
    'PDF',
    {
      messages: parts({
        type: 'file',
        file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
      }),
    },
  ],
  ['audio', { messages: parts({ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }) }],
  ['drawn image', { messages: told({ image: true, text: 'Here.' }), modalities: ['text', 'image'] }],
  [
    'drawn image behind text in one event',
    { messages: told({ image: true, text: 'Here.', singleEvent: true }), modalities: ['text', 'image'] },
  ],
  ['draft of an image', { messages: told({ draftImage: true, image: true, text: 'Here.' }) }],
  ['image in history', { messages: [...picture(image), ...said('And?')] }],
];

const formats: readonly NamedBody[] = [
  ['JSON mode', { messages: said('Some json'), response_format: { type: 'json_object' } }],
  ['JSON schema', { messages: said('A tree'), response_format: tree }],
  ['JSON schema with an empty object', { messages: said('A tree'), response_format: strictTree }],
  ['plain text format', { messages: said('Hi'), response_format: { type: 'text' } }],
];

const thinking: readonly NamedBody[] = [
  ['reasoning', { messages: told({ reasoning: 'let me think', text: 'done' }) }],
  [
    'thinking',
    {
      messages: told({ reasoning: 'let me think', text: 'done' }),
      thinking: { type: 'enabled', budget_tokens: 1024 },
    },
  ],
  ['thinking disabled', { messages: said('Hi'), thinking: { type: 'disabled', budget_tokens: 0 } }],
  ['thinking in one event', { messages: told({ reasoning: 'hm', text: 'done', singleEvent: true }) }],
  ['thinking that used up the tokens', { messages: told({ reasoning: LONG }), max_tokens: 5 }],
  ['no reasoning effort', { messages: said('Hi'), reasoning_effort: 'none' }],
];

const ends: readonly NamedBody[] = [
  ['content without parts', { messages: told({ reasoning: LONG, emptyContent: true }), max_tokens: 20 }],
  ['content filter', { messages: told({ finishReason: 'SAFETY' }) }],
  ['content filter amid text', { messages: told({ text: LONG, finishReason: 'SAFETY' }) }],
  ['recitation', { messages: told({ finishReason: 'RECITATION' }) }],
  ['prohibited content', { messages: told({ finishReason: 'PROHIBITED_CONTENT' }) }],
  ['unknown finish reason', { messages: told({ finishReason: 'TOO_MANY_TOOL_CALLS' }) }],
  ['blocked prompt', { messages: told({ blockReason: 'SAFETY' }) }],
  ['prohibited prompt', { messages: told({ blockReason: 'PROHIBITED_CONTENT', usage: false }) }],
  ['no usage', { messages: told({ usage: false }) }],
  ['cached and tool tokens', { messages: told({ cacheRead: 2, toolUseTokens: 7 }) }],
  ['code run by the provider', { messages: told({ serverTool: true, text: 'Five.' }) }],
  [
    'code run by the provider in one event',
    { messages: told({ serverTool: true, text: 'Five.', singleEvent: true }) },
  ],
  ['grounding', { messages: told({ grounding: true }) }],
  [
    'user, metadata, tier, cache key',
    { messages: said('Hi'), user: 'u-1', store: true, metadata: { team: 'a' }, service_tier: 'flex' },
  ],
  ['nulls', { messages: said('Hi'), temperature: null, stop: null, tools: null, user: null }],
  ['prediction', { messages: said('Hi'), prediction: { type: 'content', content: 'You said' } }],
];

const REQUESTS: readonly NamedBody[] = [
  [
    'stream: usage asked for',
    { messages: said('Hi'), stream: true, stream_options: { include_usage: true } },
  ],
  ['stream: LF line ends', { messages: told({ crlf: false, text: LONG }), stream: true }],
  [
    'stream: comments between events',
    { messages: told({ keepAliveComments: true, text: LONG }), stream: true },
  ],
  ['stream: split at 7 bytes', { messages: told({ splitBytes: 7, text: LONG }), stream: true }],
  ['stream: one event', { messages: told({ text: LONG, singleEvent: true }), stream: true }],
  ['stream: false, spelt out', { messages: said('Hi'), stream: false }],
  ['request: unknown field', { messages: said('Hi'), vendor_extra: { a: 1 } }],
  ['error: out of bounds temperature', { messages: said('Hi'), temperature: 9 }],
  ['error: reasoning effort for a model without levels', { messages: said('Hi'), reasoning_effort: 'low' }],
  [
    'error: JSON mode and tools',
    { messages: said('json'), tools: [weather], response_format: { type: 'json_object' } },
  ],
  ['error: tool choice without tools', { messages: said('Hi'), tool_choice: 'auto' }],
  ['error: refused role', { messages: [{ role: 'robot', content: 'Hi' }] }],
  [
    'error: null content in history',
    { messages: [...said('Hi'), { role: 'assistant', content: null }, ...said('Bye')] },
  ],
  ['error: system alone', { messages: [{ role: 'system', content: 'Be brief' }] }],
  ['error: unanswered tool call', { messages: toolTurn.slice(0, 2), tools: [weather] }],
  ['error: half answered tool calls', { messages: toolTurn.slice(0, 3), tools: [weather] }],
  ['fault: no finish reason', { messages: told({ noFinishReason: true }) }],
  ['fault: no finish reason in a stream', { messages: told({ noFinishReason: true }), stream: true }],
  ['error: refused for a stream', { messages: said('Hi'), temperature: 9, stream: true }],
  ['error: forced call without tools', { messages: said('Hi'), tool_choice: 'required' }],
  ['request: too many choices', { messages: said('Hi'), n: 999 }],
  [
    'request: arguments that are no JSON',
    { messages: pastCall({ ...oslo, arguments: '{"city":' }), tools: [weather] },
  ],
  [
    'request: past call without arguments',
    { messages: pastCall({ name: 'get_time', arguments: '' }), tools: [clock] },
  ],
  [
    'request: signed past tool call',
    {
      messages: pastCall(oslo, { extra_content: { google: { thought_signature: 'c2lnbmVk' } } }),
      tools: [weather],
    },
  ],
  [
    'request: unknown part',
    { messages: parts({ type: 'video_url', video_url: { url: 'https://films.example/fig.mp4' } }) },
  ],
  [
    'request: image without an object',
    { messages: parts({ type: 'image_url', image_url: 'gs://a/fig.png' }) },
  ],
  ['request: image by an address with a query', { messages: picture('https://images.example/fig.png?w=1') }],
  [
    'request: image in a data URL with parameters',
    { messages: picture(image.replace(';base64', ';name=fig.png;base64')) },
  ],
  ['request: image in a data URL of text', { messages: picture('data:image/svg+xml,<svg/>') }],
  [
    'request: audio of another kind',
    { messages: parts({ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'm4a' } }) },
  ],
];

const EMBEDDINGS: readonly NamedBody[] = [
  ['embeddings: a text', { input: 'banyan' }],
  ['embeddings: several texts', { input: ['banyan', 'fig', 'strangler'] }],
  ['embeddings: fewer dimensions', { input: 'fig', dimensions: 8 }],
  ['embeddings: base64, user', { input: 'fig', encoding_format: 'base64', user: 'u' }],
  ['request: unknown field of embeddings', { input: 'fig', vendor_extra: 1 }],
  ['error: embeddings of tokens', { input: [1, 2, 3] }],
  ['error: embeddings of nothing', { input: [] }],
  ['error: 429 for embeddings', { input: '@emulate {"status":429,"retryAfter":6}' }],
];

const FEATURES: readonly NamedBody[] = [...text, ...tools, ...media, ...formats, ...thinking, ...ends];

/** Requests with every feature and every error of Gemini's, as OpenAI clients send them. */
export const GOOGLE_CASES: readonly ParityCase[] = [
  ...wholeAndStreamed('google', FEATURES),
  ...cases('google', CHAT, [...REQUESTS, ...ERRORS, ...FAULTS]),
  ...cases('google', '/v1/embeddings', EMBEDDINGS),
];

function parts(part: object): object[] {
  return [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, part] }];
}

function picture(url: string): object[] {
  return parts({ type: 'image_url', image_url: { url } });
}

/** A turn in which a tool was called, perhaps beside a text, and has answered under its name. */
function resultTurn(result: unknown, beside: string | null = null): object[] {
  return toolTurnOf({ function: oslo }, beside, { name: 'get_weather', content: result });
}

/** A turn in which a tool was called in this way, and has answered without a name. */
function pastCall(called: object, more: object = {}): object[] {
  return toolTurnOf({ function: called, ...more }, null, { content: 'minus four' });
}

function toolTurnOf(call: object, beside: string | null, answer: object): object[] {
  return [
    { role: 'user', content: 'Weather in Oslo?' },
    { role: 'assistant', content: beside, tool_calls: [{ id: 'call_1', type: 'function', ...call }] },
    { role: 'tool', tool_call_id: 'call_1', ...answer },
  ];
}

function strictTool(): object {
  const { parameters, ...named } = weather.function;
  return {
    type: 'function',
    function: { ...named, strict: true, parameters: { ...parameters, additionalProperties: false } },
  };
}

/** What Portkey turns into Google's own search. */
function searchTool(): object {
  return { type: 'function', function: { name: 'google_search', parameters: {} } };
}
