import { MEDIA_CASES } from './media.ts';
import { cases, type NamedBody, type ParityCase } from './parity-case.ts';
import { asked, image, LONG, later, strictTree, weather } from './turns.ts';

const MODERATIONS = '/v1/moderations';

/** Portkey's word for a field that is left to it. */
const DEFAULT = 'portkey-default';

/** What can be asked of text completions, whole and streamed. */
const COMPLETION_FEATURES: readonly NamedBody[] = [
  ['text', { prompt: 'Once upon a time' }],
  ['several prompts', { prompt: ['one', 'two', 'three'] }],
  ['tokens', { prompt: [1, 2, 3] }],
  ['two choices', { prompt: ['one', 'two'], n: 2 }],
  ['best of two', { prompt: 'one', best_of: 2 }],
  ['echo', { prompt: 'Once upon', echo: true }],
  ['log probabilities', { prompt: 'Once', logprobs: 2 }],
  ['stop sequence', { prompt: asked({ text: LONG }), stop: ['five', 'six'] }],
  ['cut by max_tokens', { prompt: asked({ text: LONG }), max_tokens: 3 }],
  ['suffix', { prompt: 'Once', suffix: 'the end' }],
  ['text not ASCII', { prompt: asked({ text: '榕树 🌳 «ficus» \\" \n 結束 \u2028' }) }],
  [
    'sampling at zero',
    { prompt: 'Hi', temperature: 0, top_p: 0, seed: 0, presence_penalty: 0, frequency_penalty: 0 },
  ],
  ['user and bias', { prompt: 'Hi', user: 'u-1', logit_bias: { '50256': -100 } }],
  ['nulls', { prompt: 'Hi', temperature: null, stop: null, suffix: null, logprobs: null }],
  ['no usage', { prompt: asked({ usage: false }) }],
];

const COMPLETION_REQUESTS: readonly NamedBody[] = [
  [
    'completions stream: usage asked for',
    { prompt: 'Hi', stream: true, stream_options: { include_usage: true } },
  ],
  ['completions stream: provider without [DONE]', { prompt: asked({ noDone: true }), stream: true }],
  [
    'completions stream: split at 7 bytes, CRLF',
    { prompt: asked({ splitBytes: 7, crlf: true, text: LONG }), stream: true },
  ],
  ['request: unknown field of completions', { prompt: 'Hi', vendor_extra: 1 }],
  [
    'request: out of bounds numbers of completions',
    { prompt: 'Hi', temperature: 9, top_p: 3, presence_penalty: -9, frequency_penalty: 9 },
  ],
  ['request: out of bounds counts of completions', { prompt: 'Hi', logprobs: 9, max_tokens: -1 }],
  [
    'request: left to the gateway of completions',
    {
      prompt: 'Hi',
      max_tokens: DEFAULT,
      temperature: DEFAULT,
      top_p: DEFAULT,
      n: DEFAULT,
      echo: DEFAULT,
      user: DEFAULT,
    },
  ],
  ['error: ill-typed prompt of completions', { prompt: { text: 'Hi' } }],
  ...[400, 401, 404, 429, 500, 503].map(
    (status): NamedBody => [`error: ${status} for completions`, { prompt: asked({ status, ...later }) }],
  ),
  ['error: 429 for streamed completions', { prompt: asked({ status: 429, ...later }), stream: true }],
  ['fault: HTML page for completions', { prompt: asked({ htmlError: true, status: 503 }) }],
  ['fault: broken document of completions', { prompt: asked({ badJson: true }) }],
  ['fault: cut document of completions', { prompt: asked({ cut: 'reset' }) }],
  [
    'fault: cut stream of completions',
    { prompt: asked({ cut: 'reset', afterEvents: 2, text: LONG }), stream: true },
  ],
  [
    'fault: cut stream of completions, cleanly',
    { prompt: asked({ cut: 'clean', afterEvents: 2, text: LONG }), stream: true },
  ],
  ['fault: error first in completions', { prompt: asked({ errorFirstEvent: true }), stream: true }],
  [
    'fault: error amid stream of completions',
    { prompt: asked({ errorMidStream: true, afterEvents: 2, eventDelayMs: 30, text: LONG }), stream: true },
  ],
];

/** The tool as responses take it: flat. */
const tool = { type: 'function', ...weather.function };
const calls = (...cities: readonly string[]) => ({
  toolCalls: cities.map((city) => ({ name: 'get_weather', arguments: JSON.stringify({ city }) })),
});
const { json_schema: tree } = strictTree;

/** What can be asked of responses, whole and streamed. */
const RESPONSE_FEATURES: readonly NamedBody[] = [
  ['text', { input: 'Hello there' }],
  ['text not ASCII', { input: asked({ text: '榕树 🌳 «ficus» \\" \n 結束 \u2028' }) }],
  [
    'instructions and history',
    {
      instructions: 'Be brief',
      input: [
        { role: 'developer', content: 'And kind' },
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { role: 'assistant', content: [{ type: 'output_text', text: 'Hello', annotations: [] }] },
        { role: 'user', content: 'Bye' },
      ],
    },
  ],
  ['tool call', { input: asked(calls('Oslo')), tools: [tool] }],
  [
    'parallel tool calls',
    { input: asked(calls('Oslo', 'São Paulo')), tools: [tool], parallel_tool_calls: true },
  ],
  ['tool choice required', { input: 'Weather?', tools: [tool], tool_choice: 'required' }],
  [
    'tool choice by name',
    { input: 'Weather?', tools: [tool], tool_choice: { type: 'function', name: 'get_weather' } },
  ],
  [
    'tool results',
    {
      input: [
        { role: 'user', content: 'Weather in Oslo?' },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' },
        { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Oslo"}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'minus four' },
      ],
      tools: [tool],
    },
  ],
  [
    'reasoning',
    {
      input: asked({ reasoning: 'let me think about it', text: 'done' }),
      reasoning: { effort: 'high', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      store: false,
    },
  ],
  ['structured output', { input: 'A tree', text: { format: { type: 'json_schema', ...tree } } }],
  ['JSON mode', { input: 'Some json', text: { format: { type: 'json_object' }, verbosity: 'low' } }],
  ['cut by max_output_tokens', { input: asked({ text: `${LONG} ${LONG}` }), max_output_tokens: 16 }],
  ['content filter', { input: asked({ text: 'no', finishReason: 'content_filter' }) }],
  ['failed', { input: asked({ text: 'half', finishReason: 'failed', eventDelayMs: 30 }) }],
  [
    'images',
    {
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', image_url: image, detail: 'low' },
          ],
        },
      ],
    },
  ],
  ['earlier response', { input: 'Go on', previous_response_id: 'resp_earlier', truncation: 'auto' }],
  [
    'user, metadata, tier, cache key',
    {
      input: 'Hi',
      user: 'u-1',
      store: true,
      metadata: { team: 'a' },
      service_tier: 'flex',
      prompt_cache_key: 'k',
      safety_identifier: 's',
      temperature: 0,
      top_p: 0,
      top_logprobs: 0,
      max_tool_calls: 3,
      background: false,
    },
  ],
  ['nulls', { input: 'Hi', instructions: null, temperature: null, tools: null, user: null }],
  ['no usage', { input: asked({ usage: false }) }],
];

const RESPONSE_REQUESTS: readonly NamedBody[] = [
  [
    'responses stream: split at 7 bytes, comments',
    { input: asked({ splitBytes: 7, keepAliveComments: true, text: LONG }), stream: true },
  ],
  ['request: unknown field of responses', { input: 'Hi', vendor_extra: 1 }],
  ['request: newer fields of responses', { input: 'Hi', prompt_cache_retention: '24h' }],
  ['error: out of bounds temperature of responses', { input: 'Hi', temperature: 9 }],
  ['error: refused role in responses', { input: [{ role: 'robot', content: 'Hi' }] }],
  [
    'error: stray tool result in responses',
    { input: [{ type: 'function_call_output', call_id: 'call_9', output: 'x' }] },
  ],
  ...[400, 401, 404, 429, 500, 503].map(
    (status): NamedBody => [`error: ${status} for responses`, { input: asked({ status, ...later }) }],
  ),
  ['error: 429 for streamed responses', { input: asked({ status: 429, ...later }), stream: true }],
  ['fault: HTML page for responses', { input: asked({ htmlError: true, status: 503 }) }],
  ['fault: broken document of responses', { input: asked({ badJson: true }) }],
  ['fault: cut document of responses', { input: asked({ cut: 'reset' }) }],
  [
    'fault: cut stream of responses',
    { input: asked({ cut: 'reset', afterEvents: 5, text: LONG }), stream: true },
  ],
  [
    'fault: cut stream of responses, cleanly',
    { input: asked({ cut: 'clean', afterEvents: 5, text: LONG }), stream: true },
  ],
  ['fault: error first in responses', { input: asked({ errorFirstEvent: true }), stream: true }],
  [
    'fault: error amid stream of responses',
    { input: asked({ errorMidStream: true, afterEvents: 5, eventDelayMs: 30, text: LONG }), stream: true },
  ],
];

/** None is cut: what Portkey passes on unread it now and then never ends. */
const MODERATION_REQUESTS: readonly NamedBody[] = [
  ['moderations: text', { input: 'I will water the banyan' }],
  ['moderations: flagged', { input: 'I will take an axe to you' }],
  ['moderations: several texts', { input: ['one', 'an axe'] }],
  [
    'moderations: text and image',
    {
      input: [
        { type: 'text', text: 'this' },
        { type: 'image_url', image_url: { url: image } },
      ],
    },
  ],
  ['error: unknown field of moderations', { input: 'Hi', vendor_extra: 1 }],
  ['error: 401 for moderations', { input: asked({ status: 401 }) }],
  ['error: 429 for moderations', { input: asked({ status: 429, ...later }) }],
  ['error: 500 for moderations', { input: asked({ status: 500, ...later }) }],
  ['fault: HTML page for moderations', { input: asked({ htmlError: true, status: 403 }) }],
  ['fault: broken document of moderations', { input: asked({ badJson: true }) }],
];

/** Each feature under the endpoint's name, as a whole answer and as a stream. */
function bothWays(path: string, name: string, features: readonly NamedBody[]): ParityCase[] {
  return [
    ...cases('openai', path, under(`${name}: `, features)),
    ...cases(
      'openai',
      path,
      under(`${name} stream: `, features).map(([each, body]) => [each, { ...body, stream: true }]),
    ),
  ];
}

function under(prefix: string, features: readonly NamedBody[]): NamedBody[] {
  return features.map(([name, body]) => [`${prefix}${name}`, body]);
}

/** Requests to the endpoints of OpenAI's API beside chat completions and embeddings, as clients send them. */
export const ENDPOINT_CASES: readonly ParityCase[] = [
  ...bothWays('/v1/completions', 'completions', COMPLETION_FEATURES),
  ...cases('openai', '/v1/completions', COMPLETION_REQUESTS),
  ...bothWays('/v1/responses', 'responses', RESPONSE_FEATURES),
  ...cases('openai', '/v1/responses', RESPONSE_REQUESTS),
  ...cases('openai', MODERATIONS, MODERATION_REQUESTS),
  ...MEDIA_CASES,
];
