import type { JsonObject } from '../../../core/json.ts';
import type { Endpoint } from '../../../core/provider-call.ts';
import { type PassedFields, type PortkeyRequest, passFields, unbounded } from '../../portkey-fields.ts';

const VOICE = 'alloy';
const SAMPLING: PassedFields = {
  max_tokens: { min: 0, byDefault: 100 },
  temperature: { min: 0, max: 2, byDefault: 1 },
  top_p: { min: 0, max: 1, byDefault: 1 },
  n: { byDefault: 1 },
  presence_penalty: { min: -2, max: 2 },
  frequency_penalty: { min: -2, max: 2 },
};

/**
 * The fields that Portkey 1.15.2 passes on to a provider of its `openai` dialect, found by sending it one request
 * with all of them. Whatever else a client sends, no provider behind Portkey has ever seen. It has no list for
 * moderations, nor for forms.
 */
const PASSED_FIELDS: Partial<Readonly<Record<Endpoint, PassedFields>>> = {
  'chat.completions': {
    ...SAMPLING,
    ...unbounded(
      'model',
      'messages',
      'functions',
      'function_call',
      'max_completion_tokens',
      'stream',
      'stream_options',
      'stop',
      'logit_bias',
      'top_logprobs',
      'user',
      'seed',
      'tools',
      'tool_choice',
      'parallel_tool_calls',
      'response_format',
      'service_tier',
      'store',
      'metadata',
      'modalities',
      'audio',
      'prediction',
      'reasoning_effort',
      'verbosity',
      'web_search_options',
      'prompt_cache_key',
      'safety_identifier',
    ),
    logprobs: { byDefault: false },
  },
  completions: {
    ...SAMPLING,
    ...unbounded(
      'model',
      'stream',
      'stop',
      'best_of',
      'logit_bias',
      'user',
      'seed',
      'suffix',
      'stream_options',
    ),
    prompt: { byDefault: '' },
    echo: { byDefault: false },
    logprobs: { max: 5 },
  },
  embeddings: unbounded('model', 'input', 'encoding_format', 'dimensions', 'user'),
  responses: unbounded(
    'background',
    'conversation',
    'input',
    'model',
    'include',
    'instructions',
    'max_tool_calls',
    'max_output_tokens',
    'metadata',
    'modalities',
    'parallel_tool_calls',
    'previous_response_id',
    'prompt',
    'prompt_cache_key',
    'reasoning',
    'safety_identifier',
    'service_tier',
    'store',
    'stream',
    'stream_options',
    'temperature',
    'text',
    'tool_choice',
    'tools',
    'top_logprobs',
    'top_p',
    'truncation',
    'user',
    'verbosity',
  ),
  'images.generations': {
    ...unbounded('prompt', 'model', 'quality', 'response_format', 'size', 'style', 'user'),
    n: { min: 1, max: 10 },
  },
  'audio.speech': {
    ...unbounded('model', 'input'),
    voice: { byDefault: VOICE },
    response_format: { byDefault: 'mp3' },
    speed: { byDefault: 1 },
  },
};

/** What Portkey fills in where a client leaves it out (quirk `request.filled_voice`). */
const FILLED_FIELDS: Partial<Readonly<Record<Endpoint, JsonObject>>> = { 'audio.speech': { voice: VOICE } };

/** The request as the provider would have got it behind Portkey. */
export function toPortkeyRequest(endpoint: Endpoint, body: JsonObject): PortkeyRequest {
  const fields = PASSED_FIELDS[endpoint];
  if (fields === undefined) return { body, droppedFields: [] };
  return passFields(fields, { ...FILLED_FIELDS[endpoint], ...body });
}
