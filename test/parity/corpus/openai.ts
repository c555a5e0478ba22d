import { ERRORS, FAULTS } from './faults.ts';
import { type NamedBody, type ParityCase, wholeAndStreamed } from './parity-case.ts';
import { audioTurn, fileTurn, imageTurn, LONG, said, strictTree, told, toolTurn, weather } from './turns.ts';

/** Features that a stream and a whole answer have alike. */
export const FEATURES: readonly NamedBody[] = [
  ['text', { messages: said('Hello there') }],
  ['text not ASCII', { messages: told({ text: '榕树 🌳 «ficus» \\" \n 結束 \u2028' }) }],
  ['empty text', { messages: told({ text: '' }) }],
  [
    'system, developer and history',
    {
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'developer', content: [{ type: 'text', text: 'And kind' }] },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Bye', name: 'ada' },
      ],
    },
  ],
  ['cut by max_tokens', { messages: told({ text: LONG }), max_tokens: 3 }],
  ['cut by max_completion_tokens', { messages: told({ text: LONG }), max_completion_tokens: 3 }],
  ['stop sequence', { messages: told({ text: LONG }), stop: ['five', 'six'] }],
  ['two choices', { messages: said('Hello'), n: 2 }],
  [
    'sampling at zero',
    { messages: said('Hi'), temperature: 0, top_p: 0, seed: 0, presence_penalty: 0, frequency_penalty: 0 },
  ],
  ['log probabilities', { messages: said('Hi'), logprobs: true, top_logprobs: 2 }],
  [
    'tool call',
    {
      messages: told({ toolCalls: [{ name: 'get_weather', arguments: '{"city":"Oslo"}' }] }),
      tools: [weather],
    },
  ],
  [
    'parallel tool calls',
    {
      messages: told({
        toolCalls: [
          { name: 'get_weather', arguments: '{"city":"Oslo"}' },
          { name: 'get_weather', arguments: '{"city":"São Paulo"}' },
        ],
      }),
      tools: [weather],
      parallel_tool_calls: true,
    },
  ],
  [
    'tool call without arguments',
    { messages: told({ toolCalls: [{ name: 'get_weather', arguments: '' }] }), tools: [weather] },
  ],
  ['tool choice required', { messages: said('Weather?'), tools: [weather], tool_choice: 'required' }],
  [
    'tool choice by name',
    {
      messages: said('Weather?'),
      tools: [weather],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
    },
  ],
  ['tool results', { messages: toolTurn, tools: [weather] }],
  [
    'legacy functions',
    { messages: said('Weather?'), functions: [weather.function], function_call: { name: 'get_weather' } },
  ],
  ['JSON mode', { messages: said('Some json'), response_format: { type: 'json_object' } }],
  ['JSON schema', { messages: said('A tree'), response_format: strictTree }],
  ['images', { messages: imageTurn }],
  ['audio part', { messages: audioTurn }],
  ['file part', { messages: fileTurn }],
  ['token biases', { messages: said('Hi'), logit_bias: { '50256': -100 } }],
  ['modalities', { messages: said('Hi'), modalities: ['text'] }],
  ['prediction', { messages: said('Hi'), prediction: { type: 'content', content: 'You said' } }],
  ['web search', { messages: said('News?'), web_search_options: { search_context_size: 'low' } }],
  ['reasoning', { messages: told({ reasoning: 'let me think', text: 'done' }) }],
  ['content filter', { messages: told({ text: 'no', finishReason: 'content_filter' }) }],
  [
    'user, metadata, tier, cache key',
    {
      messages: said('Hi'),
      user: 'u-1',
      store: true,
      metadata: { team: 'a' },
      service_tier: 'flex',
      prompt_cache_key: 'k',
      safety_identifier: 's',
    },
  ],
  ['nulls', { messages: said('Hi'), temperature: null, stop: null, tools: null, user: null }],
  ['no usage', { messages: told({ usage: false }) }],
];

const EMBEDDINGS: readonly NamedBody[] = [
  ['embeddings: a text', { input: 'banyan' }],
  ['embeddings: several texts', { input: ['banyan', 'fig', 'strangler'] }],
  ['embeddings: tokens', { input: [1, 2, 3] }],
  [
    'embeddings: base64, fewer dimensions',
    { input: 'fig', encoding_format: 'base64', dimensions: 8, user: 'u' },
  ],
  ['request: unknown field of embeddings', { input: 'fig', vendor_extra: 1 }],
  ['error: embeddings of nothing', { input: [] }],
  ['error: 429 for embeddings', { input: '@emulate {"status":429,"retryAfter":6}' }],
];

const REQUESTS: readonly Omit<ParityCase, 'dialect'>[] = [
  {
    name: 'stream: usage asked for',
    body: { messages: said('Hi'), stream: true, stream_options: { include_usage: true } },
  },
  {
    name: 'stream: usage declined',
    body: { messages: said('Hi'), stream: true, stream_options: { include_usage: false } },
  },
  { name: 'stream: CRLF line ends', body: { messages: told({ crlf: true, text: LONG }), stream: true } },
  {
    name: 'stream: comments between events',
    body: { messages: told({ keepAliveComments: true }), stream: true },
  },
  { name: 'stream: split at 7 bytes', body: { messages: told({ splitBytes: 7, text: LONG }), stream: true } },
  { name: 'stream: provider without [DONE]', body: { messages: told({ noDone: true }), stream: true } },
  { name: 'stream: false, spelt out', body: { messages: said('Hi'), stream: false } },
  {
    name: 'headers: allow-list',
    body: { messages: said('Hi') },
    headers: {
      'openai-beta': 'b=1',
      'idempotency-key': 'i-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  },
  { name: 'request: unknown field', body: { messages: said('Hi'), vendor_extra: { a: 1 } } },
  { name: 'request: newer fields', body: { messages: said('Hi'), prompt_cache_retention: '24h' } },
  { name: 'request: out of bounds temperature', body: { messages: said('Hi'), temperature: 9 } },
  { name: 'request: out of bounds top_p', body: { messages: said('Hi'), top_p: -1 } },
  {
    name: 'request: out of bounds penalties',
    body: { messages: said('Hi'), presence_penalty: -9, frequency_penalty: 9 },
  },
  ...ERRORS.map(([name, body]) => ({ name, body })),
  ...['text', 'message', 'detail'].map((errorShape) => ({
    name: `error: in another provider’s shape, ${errorShape}`,
    body: { messages: told({ status: 422, errorShape }) },
  })),
  { name: 'error: refused role', body: { messages: [{ role: 'robot', content: 'Hi' }] } },
  { name: 'error: unanswered tool call', body: { messages: toolTurn.slice(0, 2), tools: [weather] } },
  { name: 'error: too many choices', body: { messages: said('Hi'), n: 999 } },
  ...FAULTS.map(([name, body]) => ({ name, body })),
  ...EMBEDDINGS.map(([name, body]) => ({ name, body, path: '/v1/embeddings' })),
];

/** Requests with every feature and every error of OpenAI's chat dialect, as clients send them. */
export const OPENAI_CASES: readonly ParityCase[] = [
  ...wholeAndStreamed('openai', FEATURES),
  ...REQUESTS.map((request) => ({ ...request, dialect: 'openai' as const })),
];
