import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import type { TranslatedRequest } from '../../chat/chat-translator.ts';
import { invalidValue, isUnset, withoutUnset } from '../../chat/request-fields.ts';
import { dropUnknownParts } from '../../portkey-fields.ts';
import { toPortkeyContents } from './portkey-google-contents.ts';
import { toPortkeySchema, withoutClosedness } from './portkey-google-schema.ts';
import { toPortkeyTools } from './portkey-google-tools.ts';

const PART_KINDS: ReadonlySet<string> = new Set(['text', 'refusal', 'image_url', 'file', 'input_audio']);

/** Any of these makes Portkey send a generation config, be it an empty one. */
const GENERATION_FIELDS: readonly string[] = [
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'response_format',
  'logprobs',
  'top_logprobs',
  'thinking',
  'seed',
  'modalities',
  'reasoning_effort',
  'image_config',
];

/** What of a request is in what Portkey sends, or in the address it sends it to. */
const SENT: ReadonlySet<string> = new Set([
  ...GENERATION_FIELDS,
  'model',
  'messages',
  'tools',
  'tool_choice',
  'stream',
  // Every answer of Portkey's has its usage, asked for or not.
  'stream_options',
]);

/**
 * A chat completion's request as Portkey 1.15.2 sends it to its provider `google`, read from its source and compared
 * with what it sends. What of a conversation Portkey loses is in it: see `toPortkeyContents`.
 * @throws GatewayError naming the field that Portkey answers 500 to
 */
export function toPortkeyGoogleRequest(body: JsonObject): TranslatedRequest {
  const { messages, droppedParts } = dropUnknownParts(body.messages, PART_KINDS);
  const { systemInstruction, contents } = toPortkeyContents(messages);
  const { tools, toolConfig, droppedTools } = toPortkeyTools(body);
  const asksForConfig = GENERATION_FIELDS.some((name) => Object.hasOwn(body, name));
  const request = {
    model: body.model,
    contents,
    systemInstruction,
    generationConfig: asksForConfig ? toGenerationConfig(body) : undefined,
    tools,
    tool_config: toolConfig,
  };
  const droppedFields = Object.keys(body).filter((name) => !SENT.has(name));
  return { body: withoutUnset(request), droppedFields: [...droppedFields, ...droppedTools, ...droppedParts] };
}

function toGenerationConfig(body: JsonObject): JsonObject {
  return withoutUnset({
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    maxOutputTokens: body.max_completion_tokens ?? body.max_tokens,
    stopSequences: unlessFalsy(body.stop),
    responseLogprobs: unlessFalsy(body.logprobs),
    logprobs: body.top_logprobs,
    seed: body.seed,
    ...toResponseFormat(body.response_format),
    thinking_config: toThinkingConfig(body.thinking),
    responseModalities: toModalities(body.modalities),
    thinkingConfig: toThinkingLevel(body.reasoning_effort),
    imageConfig: toImageConfig(body.image_config),
  });
}

/** Portkey asks some fields for their truth, where it asks others for being there. */
function unlessFalsy(value: JsonValue | undefined): JsonValue | undefined {
  return value ? value : undefined;
}

function toResponseFormat(format: JsonValue | undefined): JsonObject {
  if (!isJsonObject(format)) return {};
  if (format.type === 'json_object') return { responseMimeType: 'application/json' };
  if (format.type !== 'json_schema') return {};
  const { json_schema: named } = format;
  const schema = isJsonObject(named) && !isUnset(named.schema) ? named.schema : named;
  return {
    responseMimeType: 'application/json',
    responseSchema:
      schema === undefined ? undefined : toPortkeySchema(withoutClosedness(schema), 'response_format'),
  };
}

function toThinkingConfig(thinking: JsonValue | undefined): JsonObject | undefined {
  if (!unlessFalsy(thinking)) return undefined;
  const { type, budget_tokens: budget } = isJsonObject(thinking) ? thinking : {};
  return { include_thoughts: type === 'enabled' && Boolean(budget), thinking_budget: budget };
}

function toThinkingLevel(effort: JsonValue | undefined): JsonObject | undefined {
  return unlessFalsy(effort) === undefined || effort === 'none' ? undefined : { thinkingLevel: effort };
}

function toModalities(modalities: JsonValue | undefined): readonly string[] | undefined {
  if (!unlessFalsy(modalities)) return undefined;
  if (!Array.isArray(modalities)) throw invalidValue('modalities', 'must be a list');
  return modalities.map((modality) => String(modality).toUpperCase());
}

function toImageConfig(config: JsonValue | undefined): JsonObject | undefined {
  if (!unlessFalsy(config)) return undefined;
  const { aspect_ratio, image_size } = isJsonObject(config) ? config : {};
  return withoutUnset({ aspectRatio: unlessFalsy(aspect_ratio), imageSize: unlessFalsy(image_size) });
}
