import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { type FieldRules, OPENAI_ONLY, passedFields, refuseFields } from '../../chat/refuse-fields.ts';
import {
  flattenExtraBody,
  invalidValue,
  isUnset,
  stopSequences,
  unsupported,
  withoutUnset,
} from '../../chat/request-fields.ts';
import { type ResponseFormat, readResponseFormat } from '../../chat/response-format.ts';
import { PROVIDER, toBlocks } from './anthropic-content.ts';
import { toAnthropicMessages } from './anthropic-messages.ts';
import { toThinking } from './anthropic-thinking.ts';
import { isForced, toAnthropicTools } from './anthropic-tools.ts';

/** What every model can answer with; Anthropic wants a limit, OpenAI's clients leave it out. */
const DEFAULT_MAX_TOKENS = 4096;

const RULES: FieldRules = {
  provider: PROVIDER,
  taken: new Set([
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
  ]),
  refused: new Map<string, (value: JsonValue) => boolean>([
    ['n', (value) => value === 1],
    ['seed', () => false],
    ['logprobs', (value) => value === false],
    ['top_logprobs', (value) => value === 0],
    ['logit_bias', (value) => isJsonObject(value) && Object.keys(value).length === 0],
    ['presence_penalty', (value) => value === 0],
    ['frequency_penalty', (value) => value === 0],
    ['modalities', (value) => Array.isArray(value) && value.every((modality) => modality === 'text')],
    ...OPENAI_ONLY,
  ]),
};

/**
 * A chat completion's request in Anthropic's dialect, under `compat: openai`. Fields that neither dialect knows are
 * passed on: the provider decides.
 * @throws GatewayError `unsupported_parameter` or `invalid_value`, naming the field
 */
export function toMessagesRequest(given: JsonObject): JsonObject {
  const body = flattenExtraBody(given);
  refuseFields(body, RULES);
  const { system, messages } = toAnthropicMessages(Array.isArray(body.messages) ? body.messages : []);
  const format = readResponseFormat(body.response_format);
  const tools = toAnthropicTools(body);
  const { thinking, effort } = toThinking(body, isForced(tools.tool_choice));
  const instructions = [...toBlocks(body.system, 'system'), ...system, ...jsonInstruction(format)];
  return withoutUnset({
    ...passedFields(body, RULES),
    messages,
    system: instructions.length > 0 ? instructions : undefined,
    max_tokens: maxTokens(body, thinking),
    stop_sequences: stopSequences(body.stop) ?? body.stop_sequences,
    metadata: toMetadata(body),
    ...tools,
    thinking,
    output_config: toOutputConfig(body, effort, format),
    service_tier: toServiceTier(body.service_tier),
  });
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
function jsonInstruction({ type }: ResponseFormat): readonly JsonObject[] {
  if (type !== 'json') return [];
  return [{ type: 'text', text: 'Answer with one JSON object and nothing else: no prose, no code fence.' }];
}

function toOutputConfig(
  { output_config: given }: JsonObject,
  effort: string | undefined,
  format: ResponseFormat,
): JsonObject | undefined {
  if (!isUnset(given) && !isJsonObject(given)) throw invalidValue('output_config', 'must be an object');
  const config = {
    ...(effort === undefined ? {} : { effort }),
    ...(format.type === 'schema' ? { format: { type: 'json_schema', schema: format.schema } } : {}),
    ...given,
  };
  return Object.keys(config).length > 0 ? config : undefined;
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
  if (known === undefined) throw unsupported('service_tier', PROVIDER, 'It knows auto and default.');
  return known;
}
