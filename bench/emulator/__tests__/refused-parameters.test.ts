import { describe } from 'vitest';
import { accepts, refuses } from './refusal-cases.ts';

const user = { role: 'user', content: 'Hello' };

describe('parameters', () => {
  refuses([
    {
      name: 'no model',
      fields: { model: undefined },
      message: 'you must provide a model parameter',
      param: null,
      code: null,
    },
    {
      name: 'a model that is no string',
      fields: { model: 7 },
      message: "Invalid type for 'model': expected a string, but got an integer instead.",
      param: 'model',
      code: 'invalid_type',
    },
    {
      name: 'one unknown parameter',
      fields: { top_k: 5 },
      message: 'Unrecognized request argument supplied: top_k',
      param: null,
      code: null,
    },
    {
      name: 'two unknown parameters',
      fields: { top_k: 5, thinking: {} },
      message: 'Unrecognized request arguments supplied: thinking, top_k',
      param: null,
      code: null,
    },
    {
      name: 'an unknown parameter for a newer model',
      fields: { model: 'gpt-5-mini', thinking: {} },
      message: "Unknown parameter: 'thinking'.",
      param: 'thinking',
      code: 'unknown_parameter',
    },
    {
      name: 'a temperature above 2',
      fields: { temperature: 2.1 },
      message:
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.1 instead.",
      param: 'temperature',
      code: 'decimal_above_max_value',
    },
    {
      name: 'a temperature that is a string',
      fields: { temperature: 'hot' },
      message: "Invalid type for 'temperature': expected a decimal, but got a string instead.",
      param: 'temperature',
      code: 'invalid_type',
    },
    {
      name: 'a negative top_p',
      fields: { top_p: -0.1 },
      message: "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -0.1 instead.",
      param: 'top_p',
      code: 'decimal_below_min_value',
    },
    {
      name: 'a presence penalty below -2',
      fields: { presence_penalty: -3 },
      message:
        "Invalid 'presence_penalty': decimal below minimum value. Expected a value >= -2, but got -3 instead.",
      param: 'presence_penalty',
      code: 'decimal_below_min_value',
    },
    {
      name: 'a frequency penalty above 2',
      fields: { frequency_penalty: 3 },
      message:
        "Invalid 'frequency_penalty': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
      param: 'frequency_penalty',
      code: 'decimal_above_max_value',
    },
    {
      name: 'n of 0',
      fields: { n: 0 },
      message: "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
      param: 'n',
      code: 'integer_below_min_value',
    },
    {
      name: 'n of 129',
      fields: { n: 129 },
      message: "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 129 instead.",
      param: 'n',
      code: 'integer_above_max_value',
    },
    {
      name: 'max_tokens of 0',
      fields: { max_tokens: 0 },
      message: "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
      param: 'max_tokens',
      code: 'integer_below_min_value',
    },
    {
      name: 'half a token',
      fields: { max_completion_tokens: 1.5 },
      message:
        "Invalid type for 'max_completion_tokens': expected an integer, but got a decimal number instead.",
      param: 'max_completion_tokens',
      code: 'invalid_type',
    },
    {
      name: 'both token limits',
      fields: { max_tokens: 5, max_completion_tokens: 5 },
      message: "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      param: 'max_tokens',
      code: 'invalid_parameter_combination',
    },
    {
      name: 'five stop sequences',
      fields: { stop: ['a', 'b', 'c', 'd', 'e'] },
      message:
        "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead.",
      param: 'stop',
      code: 'array_above_max_length',
    },
    {
      name: 'a stop sequence that is no string',
      fields: { stop: ['a', 1] },
      message: "Invalid type for 'stop[1]': expected a string, but got an integer instead.",
      param: 'stop[1]',
      code: 'invalid_type',
    },
    {
      name: 'a logit bias above 100',
      fields: { logit_bias: { 50256: 101 } },
      message:
        "Invalid 'logit_bias.50256': decimal above maximum value. Expected a value <= 100, but got 101 instead.",
      param: 'logit_bias.50256',
      code: 'decimal_above_max_value',
    },
    {
      name: 'logprobs that are no boolean',
      fields: { logprobs: 3 },
      message: "Invalid type for 'logprobs': expected a boolean, but got an integer instead.",
      param: 'logprobs',
      code: 'invalid_type',
    },
    {
      name: '21 top logprobs',
      fields: { logprobs: true, top_logprobs: 21 },
      message: "Invalid value for 'top_logprobs': must be less than or equal to 20.",
      param: 'top_logprobs',
      code: null,
    },
    {
      name: 'top_logprobs without logprobs',
      fields: { top_logprobs: 2 },
      message: "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
      param: 'top_logprobs',
      code: null,
    },
    {
      name: 'a seed that is no integer',
      fields: { seed: 1.5 },
      message: "Invalid type for 'seed': expected an integer, but got a decimal number instead.",
      param: 'seed',
      code: 'invalid_type',
    },
    {
      name: 'a stream that is no boolean',
      fields: { stream: 'yes' },
      message: "Invalid type for 'stream': expected a boolean, but got a string instead.",
      param: 'stream',
      code: 'invalid_type',
    },
    {
      name: 'stream_options without a stream',
      fields: { stream_options: { include_usage: true } },
      message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      param: 'stream_options',
      code: null,
    },
    {
      name: 'an unknown stream option',
      fields: { stream: true, stream_options: { usage: true } },
      message: "Unknown parameter: 'stream_options.usage'.",
      param: 'stream_options.usage',
      code: 'unknown_parameter',
    },
    {
      name: 'metadata with 17 pairs',
      fields: {
        store: true,
        metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'v'])),
      },
      message:
        "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
      param: 'metadata',
      code: 'object_above_max_properties',
    },
    {
      name: 'metadata with a number',
      fields: { store: true, metadata: { tries: 7 } },
      message: "Invalid type for 'metadata.tries': expected a string, but got an integer instead.",
      param: 'metadata.tries',
      code: 'invalid_type',
    },
    {
      name: 'metadata with a long key',
      fields: { store: true, metadata: { ['k'.repeat(70)]: 'v' } },
      message:
        "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with maximum length 64, but got a string with length 70 instead.",
      param: `metadata.${'k'.repeat(70)}`,
      code: 'property_name_above_max_length',
    },
    {
      name: 'metadata of an answer that is not stored',
      fields: { metadata: { team: 'a' } },
      message: "The 'metadata' parameter is only allowed when 'store' is enabled.",
      param: 'metadata',
      code: null,
    },
    {
      name: 'a user that is no string',
      fields: { user: 7 },
      message: "Invalid type for 'user': expected a string, but got an integer instead.",
      param: 'user',
      code: 'invalid_type',
    },
    {
      name: 'an unknown service tier',
      fields: { service_tier: 'gold' },
      message:
        "Invalid value: 'gold'. Supported values are: 'auto', 'default', 'fast', 'flex', 'scale', and 'priority'.",
      param: 'service_tier',
      code: 'invalid_value',
    },
    {
      name: 'an unknown reasoning effort',
      fields: { model: 'gpt-5-mini', reasoning_effort: 'huge' },
      message:
        "Invalid value: 'huge'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', and 'xhigh'.",
      param: 'reasoning_effort',
      code: 'invalid_value',
    },
    {
      name: 'the first fault in the order of the provider',
      fields: { temperature: 9, n: 0, messages: 'Hello' },
      message: "Invalid type for 'messages': expected an array of objects, but got a string instead.",
      param: 'messages',
      code: 'invalid_type',
    },
  ]);
  accepts([
    ['every bound', { temperature: 2, top_p: 0, presence_penalty: -2, frequency_penalty: 2, n: 1, seed: -1 }],
    [
      'nulls for absent',
      { temperature: null, stop: null, tools: null, stream_options: null, max_tokens: null },
    ],
    ['20 top logprobs', { logprobs: true, top_logprobs: 20 }],
    ['4 stop sequences', { stop: ['a', 'b', 'c', 'd'] }],
    ['stored metadata', { store: true, metadata: { team: 'a' } }],
    [
      'parameters it does nothing with',
      { user: 'u', prompt_cache_key: 'k', safety_identifier: 's', store: false },
    ],
  ]);
});

describe('models', () => {
  refuses([
    {
      name: 'max_tokens for a reasoning model',
      fields: { model: 'o3-mini', max_tokens: 0 },
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      param: 'max_tokens',
      code: 'unsupported_parameter',
    },
    {
      name: 'a temperature for a reasoning model',
      fields: { model: 'gpt-5-mini', temperature: 0.5 },
      message:
        "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.",
      param: 'temperature',
      code: 'unsupported_value',
    },
    {
      name: 'top_p for a reasoning model',
      fields: { model: 'gpt-5-mini', top_p: 0.5 },
      message: "Unsupported parameter: 'top_p' is not supported with this model.",
      param: 'top_p',
      code: 'unsupported_parameter',
    },
    {
      name: 'stop sequences for a reasoning model',
      fields: { model: 'o4-mini', stop: 'END' },
      message: "Unsupported parameter: 'stop' is not supported with this model.",
      param: 'stop',
      code: 'unsupported_parameter',
    },
    {
      name: 'a reasoning effort for a model that does not reason',
      fields: { reasoning_effort: 'low' },
      message: 'Unrecognized request argument supplied: reasoning_effort',
      param: null,
      code: null,
    },
    {
      name: 'a function message for a reasoning model',
      fields: { model: 'o3', messages: [user, { role: 'function', name: 'find', content: 'x' }] },
      message: "Unsupported value: 'messages[1].role' does not support 'function' with this model.",
      param: 'messages[1].role',
      code: 'unsupported_value',
    },
    {
      name: 'spoken answers',
      fields: { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } },
      message: "Unsupported value: 'modalities' does not support 'audio' with this model.",
      param: 'modalities',
      code: 'unsupported_value',
    },
  ]);
  accepts([
    [
      'defaults for a reasoning model',
      { model: 'o1', temperature: 1, top_p: 1, presence_penalty: 0, stop: 'END' },
    ],
    [
      'sampling once a model does not reason',
      { model: 'gpt-5.1', reasoning_effort: 'none', temperature: 0.2 },
    ],
    ['reasoning effort for a model of unknown family', { model: 'house-model', reasoning_effort: 'low' }],
  ]);
});
