import { ERRORS, FAULTS } from './faults.ts';
import { FEATURES as OPENAI_FEATURES } from './openai.ts';
import { cases, type NamedBody, type ParityCase, wholeAndStreamed } from './parity-case.ts';
import { imageTurn, said, strictTree, told, toolTurn, weather } from './turns.ts';

const REFUSED = new Set([
  'system, developer and history',
  'JSON schema',
  'images',
  'audio part',
  'file part',
]);
const enabled = { type: 'enabled' };
const [question, calls, ...results] = toolTurn;
const thoughtfulTurn = [question, { ...calls, reasoning_content: 'look it up' }, ...results];

/** What OpenAI's dialect has and DeepSeek takes, and what DeepSeek has besides. */
const FEATURES: readonly NamedBody[] = [
  ...OPENAI_FEATURES.filter(([name]) => !REFUSED.has(name)),
  [
    'system and history',
    {
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
        { role: 'assistant', content: 'Hello' },
        { role: 'system', content: 'And kind' },
        { role: 'user', content: 'Bye' },
      ],
    },
  ],
  [
    'thinking',
    {
      messages: told({ reasoning: 'let me think', text: 'done' }),
      thinking: enabled,
      reasoning_effort: 'high',
    },
  ],
  ['thinking disabled', { messages: said('Hi'), thinking: { type: 'disabled' } }],
  [
    'thinking before a tool call',
    {
      messages: told({
        reasoning: 'look it up',
        toolCalls: [{ name: 'get_weather', arguments: '{"city":"Oslo"}' }],
      }),
      tools: [weather],
      thinking: enabled,
    },
  ],
  ['tool results with reasoning', { messages: thoughtfulTurn, tools: [weather], thinking: enabled }],
  ['cached tokens', { messages: told({ cacheRead: 2 }) }],
];

const REQUESTS: readonly NamedBody[] = [
  [
    'stream: usage asked for',
    { messages: said('Hi'), stream: true, stream_options: { include_usage: true } },
  ],
  ['request: unknown field', { messages: said('Hi'), vendor_extra: { a: 1 } }],
  ['request: out of bounds temperature', { messages: said('Hi'), temperature: 9 }],
  ['request: tool results without reasoning', { messages: toolTurn, tools: [weather], thinking: enabled }],
  ['error: developer message', { messages: [{ role: 'developer', content: 'Be brief' }, ...said('Hi')] }],
  ['error: images', { messages: imageTurn }],
  ['error: JSON schema', { messages: said('A tree'), response_format: strictTree }],
  ['error: unanswered tool call', { messages: toolTurn.slice(0, 2), tools: [weather] }],
];

/** Requests with what makes DeepSeek's chat dialect another than OpenAI's, and with all that is alike. */
export const DEEPSEEK_CASES: readonly ParityCase[] = [
  ...wholeAndStreamed('deepseek', FEATURES),
  ...cases('deepseek', '/v1/chat/completions', [...REQUESTS, ...ERRORS, ...FAULTS]),
];
