import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import {
  flattenExtraBody,
  invalidValue,
  isUnset,
  stopSequences,
  unsupported,
  withoutUnset,
} from '../../chat/request-fields.ts';
import { toBlocks } from './anthropic-content.ts';
import { toAnthropicMessages } from './anthropic-messages.ts';
import { toThinking } from './anthropic-thinking.ts';
import { toAnthropicTools } from './anthropic-tools.ts';

/** What every model can answer with; Anthropic wants a limit, OpenAI's clients leave it out. */
const DEFAULT_MAX_TOKENS = 4096;

/** Fields that are translated below, or whose meaning has no effect on an answer of Anthropic's. */
const TAKEN: ReadonlySet<string> = new Set([
  'messages',
  'system',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'user',
  'safety_identifier',
  'metadata',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'web_search_options',
  'response_format',
  'output_config',
  'reasoning_effort',
  'thinking',
  'service_tier',
  'betas',
  // Asks for the form of a stream, which is the gateway's.
  'stream_options',
  // Only OpenAI stores answers, caches by a key and guesses ahead.
  'store',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'prediction',
]);

/** Fields that change an answer and that Anthropic has nothing for, with the values that ask for nothing. */
const REFUSED: Readonly<Record<string, (value: JsonValue) => boolean>> = {
  n: (value) => value === 1,
  seed: () => false,
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  logit_bias: (value) => isJsonObject(value) && Object.keys(value).length === 0,
  presence_penalty: (value) => value === 0,
  frequency_penalty: (value) => value === 0,
  modalities: (value) => Array.isArray(value) && value.every((modality) => modality === 'text'),
  audio: () => false,
  verbosity: (value) => value === 'medium',
  functions: (value) => Array.isArray(value) && value.length === 0,
  function_call: (value) => value === 'none',
};

/**
 * A chat completion's request in Anthropic's dialect, under `compat: openai`. Fields that neither dialect knows are
 * passed on: the provider decides.
 * @throws GatewayError `unsupported_parameter` or `invalid_value`, naming the field
 */
export function toMessagesRequest(given: JsonObject): JsonObject {
  const body = flattenExtraBody(given);
  refuseFields(body);
  const { system, messages } = toAnthropicMessages(Array.isArray(body.messages) ? body.messages : []);
  const { thinking, effort } = toThinking(body);
  const instructions = [
    ...toBlocks(body.system, 'system'),
    ...system,
    ...jsonInstruction(body.response_format),
  ];
  return withoutUnset({
    ...passedFields(body),
    messages,
    system: instructions.length > 0 ? instructions : undefined,
    max_tokens: maxTokens(body, thinking),
    stop_sequences: stopSequences(body.stop) ?? body.stop_sequences,
    metadata: toMetadata(body),
    ...toAnthropicTools(body),
    thinking,
    output_config: toOutputConfig(body, effort),
    service_tier: toServiceTier(body.service_tier),
  });
}

function refuseFields(body: JsonObject): void {
  for (const [name, asksNothing] of Object.entries(REFUSED)) {
    const value = body[name];
    if (!isUnset(value) && !asksNothing(value)) throw unsupported(name, 'Anthropic', HINTS[name]);
  }
}

const HINTS: Readonly<Record<string, string>> = {
  n: 'Send the request several times instead.',
  functions: 'Use tools.',
  function_call: 'Use tool_choice.',
};

function passedFields(body: JsonObject): JsonObject {
  const isPassed = (name: string) => !TAKEN.has(name) && !Object.hasOwn(REFUSED, name);
  return Object.fromEntries(Object.entries(body).filter(([name]) => isPassed(name)));
}

/** The limit holds for thinking and answer together: a budget alone would leave nothing to answer with. */
function maxTokens(body: JsonObject, thinking: JsonValue | undefined): JsonValue {
  const given = body.max_completion_tokens ?? body.max_tokens;
  if (!isUnset(given)) return given;
  const budget = isJsonObject(thinking) ? thinking.budget_tokens : undefined;
  return DEFAULT_MAX_TOKENS + (typeof budget === 'number' ? budget : 0);
}

/** Of OpenAI's metadata, which it stores with the answer, Anthropic knows the user alone. */
function toMetadata({ user, safety_identifier, metadata }: JsonObject): JsonObject | undefined {
  const named = isJsonObject(metadata) ? metadata.user_id : undefined;
  const id = [user, safety_identifier, named].find((candidate) => !isUnset(candidate));
  return id === undefined ? undefined : { user_id: id };
}

/** Anthropic takes a schema; for JSON of any shape it has nothing but to be told. */
function jsonInstruction(format: JsonValue | undefined): readonly JsonObject[] {
  if (!isJsonObject(format) || format.type !== 'json_object') return [];
  return [{ type: 'text', text: 'Answer with one JSON object and nothing else: no prose, no code fence.' }];
}

function toOutputConfig(body: JsonObject, effort: string | undefined): JsonObject | undefined {
  const given = body.output_config;
  if (!isUnset(given) && !isJsonObject(given)) throw invalidValue('output_config', 'must be an object');
  const config = {
    ...(effort === undefined ? {} : { effort }),
    ...schemaFormat(body.response_format),
    ...given,
  };
  return Object.keys(config).length > 0 ? config : undefined;
}

function schemaFormat(format: JsonValue | undefined): JsonObject {
  if (isUnset(format)) return {};
  if (!isJsonObject(format)) throw invalidValue('response_format', 'must be an object');
  if (format.type === 'text' || format.type === 'json_object') return {};
  const schema = isJsonObject(format.json_schema) ? format.json_schema.schema : undefined;
  if (format.type !== 'json_schema' || !isJsonObject(schema)) {
    throw invalidValue('response_format', 'must be of type text, json_object, or json_schema with a schema');
  }
  return { format: { type: 'json_schema', schema } };
}

const TIERS: ReadonlyMap<unknown, string> = new Map([
  ['auto', 'auto'],
  ['default', 'standard_only'],
  ['standard_only', 'standard_only'],
  ['priority', 'auto'],
]);

function toServiceTier(tier: JsonValue | undefined): string | undefined {
  if (isUnset(tier)) return undefined;
  const known = TIERS.get(tier);
  if (known === undefined) throw unsupported('service_tier', 'Anthropic', 'It knows auto and default.');
  return known;
}
