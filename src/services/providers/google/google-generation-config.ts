import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import {
  invalidValue,
  isUnset,
  stopSequences,
  unsupported,
  withoutUnset,
} from '../../chat/request-fields.ts';
import { readResponseFormat } from '../../chat/response-format.ts';
import { PROVIDER } from './google-parts.ts';
import { toThinkingConfig } from './google-thinking.ts';

/** The client's fields that the generation config is made from. */
export const GENERATION_FIELDS: readonly string[] = [
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'n',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'response_format',
  'modalities',
  'reasoning_effort',
  'thinking',
  'generationConfig',
  'generation_config',
];

/**
 * Gemini's `generationConfig`; undefined where the client asks for nothing that belongs there. What the client wrote
 * in Gemini's own words stands over what is translated.
 * @param native what the client wrote under `google`, as Google's own endpoint of OpenAI's dialect takes it
 * @throws GatewayError naming the field that cannot be translated
 */
export function toGenerationConfig(body: JsonObject, native: JsonObject): JsonObject | undefined {
  const written = body.generationConfig ?? body.generation_config;
  const own = isJsonObject(written) ? written : {};
  const thinking = ofWords(native.thinking_config ?? native.thinkingConfig) ?? toThinkingConfig(body);
  const config = withoutUnset({
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    maxOutputTokens: body.max_completion_tokens ?? body.max_tokens,
    stopSequences: stopSequences(body.stop),
    candidateCount: body.n,
    seed: body.seed,
    presencePenalty: body.presence_penalty,
    frequencyPenalty: body.frequency_penalty,
    ...toLogprobs(body),
    ...toResponseFormat(body.response_format),
    responseModalities: toModalities(body.modalities),
    thinkingConfig: thinking,
    ...own,
  });
  return Object.keys(config).length > 0 ? config : undefined;
}

/** Google's endpoint of OpenAI's dialect takes these in Python's spelling, Gemini's own one in the other. */
function ofWords(given: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(given)) return undefined;
  const { thinking_budget, thinking_level, include_thoughts, ...others } = given;
  return withoutUnset({
    thinkingBudget: thinking_budget,
    thinkingLevel: thinking_level,
    includeThoughts: include_thoughts,
    ...others,
  });
}

function toLogprobs({ logprobs, top_logprobs }: JsonObject): JsonObject {
  if (logprobs !== true) {
    if (isUnset(top_logprobs) || top_logprobs === 0) return {};
    throw invalidValue('top_logprobs', 'needs logprobs to be true');
  }
  return { responseLogprobs: true, ...(isUnset(top_logprobs) ? {} : { logprobs: top_logprobs }) };
}

/**
 * `responseJsonSchema` takes JSON Schema as OpenAI's clients write it, with `$defs`, `$ref` and
 * `additionalProperties`; `responseSchema` takes a subset of OpenAPI's and refuses all else.
 */
function toResponseFormat(given: JsonValue | undefined): JsonObject {
  const format = readResponseFormat(given);
  if (format.type === 'text') return {};
  const schema = format.type === 'schema' ? { responseJsonSchema: format.schema } : {};
  return { responseMimeType: 'application/json', ...schema };
}

/** Speech would come back in a form that OpenAI's dialect has no place for. */
function toModalities(modalities: JsonValue | undefined): readonly string[] | undefined {
  if (isUnset(modalities)) return undefined;
  if (!Array.isArray(modalities)) throw invalidValue('modalities', 'must be a list');
  return modalities.map((modality) => {
    if (modality === 'text' || modality === 'image') return modality.toUpperCase();
    throw unsupported('modalities', PROVIDER, 'It answers with text and image.');
  });
}
