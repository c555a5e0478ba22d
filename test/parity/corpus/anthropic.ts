import { cases, type NamedBody, type ParityCase, wholeAndStreamed } from './parity-case.ts';
import { image, LONG, said, strictTree, told, toolTurn, weather } from './turns.ts';

const limit = { max_tokens: 100 };
const PDF = `data:application/pdf;base64,${Buffer.from('%PDF-1.4 not much').toString('base64')}`;
const cached = { cache_control: { type: 'ephemeral' } };

const [question, calls, ...results] = toolTurn;
const signed = { type: 'thinking', thinking: 'look it up', signature: 'c2lnbmVk' };
const thoughtless = { max_tokens: 2000, messages: toolTurn, tools: [weather] };
/** As the gateway's answers have it. */
const thoughtful = {
  ...thoughtless,
  messages: [question, { ...calls, reasoning_content: 'look it up', thinking_blocks: [signed] }, ...results],
};

const FEATURES: readonly NamedBody[] = [
  ['text', { ...limit, messages: said('Hello there') }],
  ['text not ASCII', { ...limit, messages: told({ text: '榕树 🌳 «ficus» \\" \n 結束 \u2028' }) }],
  ['empty text', { ...limit, messages: told({ text: '' }) }],
  ['no limit', { messages: said('Hello there') }],
  ['limit by its newer name', { max_completion_tokens: 5, messages: told({ text: LONG }) }],
  [
    'system, developer and history',
    {
      ...limit,
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'developer', content: [{ type: 'text', text: 'And kind' }] },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'system', content: 'In French' },
        { role: 'user', content: 'Bye' },
      ],
    },
  ],
  ['cut by max_tokens', { messages: told({ text: LONG }), max_tokens: 3 }],
  ['stop sequences', { ...limit, messages: told({ text: LONG }), stop: ['five', 'six'] }],
  ['sampling at zero', { ...limit, messages: said('Hi'), temperature: 0, top_p: 0, top_k: 1 }],
  [
    'tool call',
    {
      ...limit,
      messages: told({ toolCalls: [{ name: 'get_weather', arguments: '{"city":"Oslo"}' }] }),
      tools: [weather],
    },
  ],
  [
    'text and parallel tool calls',
    {
      ...limit,
      messages: told({
        text: 'Let me see.',
        toolCalls: [
          { name: 'get_weather', arguments: '{"city":"Oslo"}' },
          { name: 'get_weather', arguments: '{"city":"São Paulo"}' },
        ],
      }),
      tools: [weather],
    },
  ],
  [
    'tool call without arguments',
    {
      ...limit,
      messages: told({ toolCalls: [{ name: 'get_weather', arguments: '' }] }),
      tools: [weather],
    },
  ],
  [
    'tool choice required',
    { ...limit, messages: said('Weather?'), tools: [weather], tool_choice: 'required' },
  ],
  ['tool choice none', { ...limit, messages: said('Weather?'), tools: [weather], tool_choice: 'none' }],
  [
    'tool choice by name',
    {
      ...limit,
      messages: said('Weather?'),
      tools: [weather],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
    },
  ],
  [
    'one tool at a time',
    { ...limit, messages: said('Weather?'), tools: [weather], parallel_tool_calls: false },
  ],
  ['tool results', { ...limit, messages: toolTurn, tools: [weather] }],
  [
    'images',
    {
      ...limit,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: image } },
            { type: 'image_url', image_url: { url: 'https://images.example/fig.png' } },
          ],
        },
      ],
    },
  ],
  [
    'PDF',
    {
      ...limit,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Sum up' },
            { type: 'image_url', image_url: { url: PDF } },
            { type: 'file', file: { file_data: PDF.split(',')[1], mime_type: 'application/pdf' } },
          ],
        },
      ],
    },
  ],
  [
    'audio part',
    {
      ...limit,
      messages: [
        {
          role: 'user',
          content: [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }],
        },
      ],
    },
  ],
  [
    'cache control',
    {
      ...limit,
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Know this', ...cached }] },
        {
          role: 'user',
          content: [{ type: 'text', text: '@emulate {"cacheRead":4,"cacheWrite":3}', ...cached }],
        },
      ],
      tools: [{ ...weather, ...cached }],
    },
  ],
  ['JSON mode', { ...limit, messages: said('Some json'), response_format: { type: 'json_object' } }],
  ['JSON schema', { ...limit, messages: said('A tree'), response_format: strictTree }],
  [
    'thinking',
    {
      max_tokens: 2000,
      messages: told({ reasoning: 'let me think about this', text: 'done' }),
      thinking: { type: 'enabled', budget_tokens: 1024 },
    },
  ],
  [
    'thinking, sealed',
    { ...limit, messages: told({ reasoning: 'hm', redactedThinking: 'c2VhbGVk', text: 'done' }) },
  ],
  ['thinking sent back', { ...thoughtful, thinking: { type: 'enabled', budget_tokens: 1024 } }],
  ['thinking lost', { ...thoughtless, reasoning_effort: 'low' }],
  [
    'thinking effort and a forced call',
    {
      max_tokens: 2000,
      messages: said('Weather?'),
      tools: [weather],
      tool_choice: 'required',
      reasoning_effort: 'low',
    },
  ],
  [
    'thinking effort and sampling',
    { max_tokens: 2000, messages: said('Hi'), reasoning_effort: 'low', temperature: 0.2 },
  ],
  ['prediction', { ...limit, messages: said('Hi'), prediction: { type: 'content', content: 'You said' } }],
  [
    'web search',
    {
      ...limit,
      messages: said('News?'),
      web_search_options: { user_location: { type: 'approximate', approximate: { city: 'Oslo' } } },
    },
  ],
  [
    'thinking effort',
    { max_tokens: 2000, messages: told({ reasoning: 'hm', text: 'done' }), reasoning_effort: 'low' },
  ],
  ['search by the provider', { ...limit, messages: told({ serverTool: true, text: 'found' }) }],
  ['refusal', { ...limit, messages: told({ text: 'no', finishReason: 'refusal' }) }],
  ['paused turn', { ...limit, messages: told({ text: 'wait', finishReason: 'pause_turn' }) }],
  [
    'context window exceeded',
    { ...limit, messages: told({ text: 'so long', finishReason: 'model_context_window_exceeded' }) },
  ],
  ['user', { ...limit, messages: said('Hi'), user: 'u-1' }],
  ['nulls', { ...limit, messages: said('Hi'), response_format: null, seed: null, logit_bias: null, n: null }],
  ['no usage', { ...limit, messages: told({ usage: false }) }],
];

const errorOf = (status: number) => ({ ...limit, messages: told({ status, retryAfter: 6 }) });
const streamed = (directive: object) => ({ ...limit, messages: told(directive), stream: true });

const REQUESTS: readonly NamedBody[] = [
  [
    'stream: usage asked for',
    { ...limit, messages: said('Hi'), stream: true, stream_options: { include_usage: true } },
  ],
  ['stream: CRLF line ends', streamed({ crlf: true, text: LONG })],
  ['stream: comments between events', streamed({ keepAliveComments: true })],
  ['stream: split at 7 bytes', streamed({ splitBytes: 7, text: LONG })],
  ['request: fields without a meaning here', { ...limit, messages: said('Hi'), seed: 1, logprobs: true }],
  ['request: several choices', { ...limit, messages: said('Hi'), n: 2 }],
  ['request: unknown field', { ...limit, messages: said('Hi'), vendor_extra: { a: 1 } }],
  ['request: out of bounds temperature', { ...limit, messages: said('Hi'), temperature: 1.7 }],
  ['request: nulls that count', { ...limit, messages: said('Hi'), temperature: null, user: null }],
  [
    'request: picture with parameters',
    {
      ...limit,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: image.replace(';base64', ';name=fig.png;base64') } },
          ],
        },
      ],
    },
  ],
  [
    'request: picture as text in its data URL',
    {
      ...limit,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'data:image/svg+xml,%3Csvg/%3E' } },
          ],
        },
      ],
    },
  ],
  [
    'request: tool choice without a function',
    { ...limit, messages: said('Hi'), tools: [weather], tool_choice: { type: 'function' } },
  ],
  [
    'request: arguments that are no JSON',
    {
      ...limit,
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"ci' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'no' },
      ],
    },
  ],
  ...[400, 401, 403, 404, 413, 429, 500, 503, 529].map(
    (status): NamedBody => [`error: ${status}`, errorOf(status)],
  ),
  ['error: 429 for a stream', { ...errorOf(429), stream: true }],
  ['error: refused role', { ...limit, messages: [{ role: 'robot', content: 'Hi' }] }],
  ['error: unanswered tool call', { ...limit, messages: toolTurn.slice(0, 2), tools: [weather] }],
  ['fault: no finish reason', { ...limit, messages: told({ noFinishReason: true }) }],
  ['fault: no finish reason in a stream', streamed({ noFinishReason: true })],
  ['fault: HTML page', { ...limit, messages: told({ htmlError: true, status: 403 }) }],
  ['fault: HTML page for a stream', streamed({ htmlError: true, status: 503 })],
  ['fault: broken document', { ...limit, messages: told({ badJson: true }) }],
  ['fault: cut document', { ...limit, messages: told({ cut: 'reset' }) }],
  ['fault: cut stream', streamed({ cut: 'reset', afterEvents: 5, text: LONG })],
  ['fault: cut stream, cleanly', streamed({ cut: 'clean', afterEvents: 5, text: LONG })],
  ['fault: error first', streamed({ errorFirstEvent: true })],
  [
    'fault: error amid stream',
    streamed({ errorMidStream: true, afterEvents: 5, eventDelayMs: 30, text: LONG }),
  ],
  [
    'fault: broken event amid stream',
    streamed({ badJson: true, afterEvents: 4, eventDelayMs: 30, text: LONG }),
  ],
];

const MESSAGES: readonly NamedBody[] = [
  ['messages: text', { ...limit, messages: said('Hello there'), system: 'Be brief' }],
  ['messages stream: text', { ...limit, messages: said('Hello there'), stream: true }],
  [
    'messages: thinking and tools',
    {
      max_tokens: 2000,
      messages: told({
        reasoning: 'hm',
        toolCalls: [{ name: 'get_weather', arguments: '{"city":"Oslo"}' }],
      }),
      thinking: { type: 'enabled', budget_tokens: 1024 },
      tools: [
        { name: 'get_weather', description: 'Weather', input_schema: { type: 'object', properties: {} } },
      ],
      tool_choice: { type: 'auto' },
    },
  ],
  [
    'messages stream: thinking and search',
    { ...limit, messages: told({ reasoning: 'hm', serverTool: true, text: 'found' }), stream: true },
  ],
  [
    'request: newer fields of messages',
    { ...limit, messages: said('Hi'), cache_control: { type: 'ephemeral' } },
  ],
  ['request: betas of messages', { ...limit, messages: said('Hi'), betas: ['context-1m-2025-08-07'] }],
  ['request: a thread of messages', { ...limit, messages: said('Hi'), thread: { type: 'create' } }],
  ['messages error: no limit', { messages: said('Hi') }],
  ...[400, 401, 429, 529].map((status): NamedBody => [`messages error: ${status}`, errorOf(status)]),
  ['messages fault: HTML page', { ...limit, messages: told({ htmlError: true, status: 403 }) }],
  ['messages fault: broken document', { ...limit, messages: told({ badJson: true }) }],
  ['messages fault: cut stream', streamed({ cut: 'reset', afterEvents: 5, text: LONG })],
  ['messages fault: cut stream, cleanly', streamed({ cut: 'clean', afterEvents: 5, text: LONG })],
  ['messages fault: error first', streamed({ errorFirstEvent: true })],
  [
    'messages fault: error amid stream',
    streamed({ errorMidStream: true, afterEvents: 5, eventDelayMs: 30, text: LONG }),
  ],
];

const COUNTS: readonly NamedBody[] = [
  ['count_tokens: a turn', { messages: said('Hello there'), system: 'Be brief' }],
  ['count_tokens error: 401', { messages: told({ status: 401 }) }],
];

/** Chat completions of a provider of Anthropic's dialect, and the requests of its own endpoints. */
export const ANTHROPIC_CASES: readonly ParityCase[] = [
  ...wholeAndStreamed('anthropic', FEATURES),
  ...cases('anthropic', '/v1/chat/completions', REQUESTS),
  ...cases('anthropic', '/v1/messages', MESSAGES),
  ...cases('anthropic', '/v1/messages/count_tokens', COUNTS),
];
