import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { type FieldRules, OPENAI_ONLY, passedFields, refuseFields } from '../../chat/refuse-fields.ts';
import { flattenExtraBody, isUnset, unsupported, withoutUnset } from '../../chat/request-fields.ts';
import { toGoogleContents } from './google-contents.ts';
import { GENERATION_FIELDS, toGenerationConfig } from './google-generation-config.ts';
import { PROVIDER } from './google-parts.ts';
import { toGoogleTools } from './google-tools.ts';

const RULES: FieldRules = {
  provider: PROVIDER,
  taken: new Set([
    ...GENERATION_FIELDS,
    'messages',
    'tools',
    'tool_choice',
    'toolConfig',
    'tool_config',
    'parallel_tool_calls',
    'web_search_options',
    'service_tier',
    'google',
    // Stand in the request's address.
    'model',
    'stream',
    // Asks for the form of a stream, which is the gateway's.
    'stream_options',
    // Name who asks, for abuse reports and statistics that only OpenAI keeps.
    'user',
    'safety_identifier',
    'metadata',
    // Only OpenAI stores answers, caches by a key and guesses ahead.
    'store',
    'prompt_cache_key',
    'prompt_cache_retention',
    'prediction',
  ]),
  refused: new Map<string, (value: JsonValue) => boolean>([
    ['logit_bias', (value) => isJsonObject(value) && Object.keys(value).length === 0],
    ...OPENAI_ONLY,
  ]),
};

/**
 * A chat completion's request in Gemini's dialect, under `compat: openai`. Fields that OpenAI's dialect does not know
 * are passed on, such as `safetySettings`: the provider decides.
 * @throws GatewayError `unsupported_parameter` or `invalid_value`, naming the field
 */
export function toGoogleRequest(given: JsonObject): JsonObject {
  const body = flattenExtraBody(given);
  refuseFields(body, RULES);
  const native = isJsonObject(body.google) ? body.google : {};
  const { systemInstruction, contents } = toGoogleContents(Array.isArray(body.messages) ? body.messages : []);
  return withoutUnset({
    ...passedFields(body, RULES),
    ...passedNative(native),
    contents,
    ...(systemInstruction === undefined ? {} : { systemInstruction }),
    ...toGoogleTools(body),
    generationConfig: toGenerationConfig(body, native),
    serviceTier: toServiceTier(body.service_tier),
  });
}

/** What Google's own endpoint of OpenAI's dialect takes under `google`; how to think is in the generation config. */
function passedNative({
  thinking_config: _,
  thinkingConfig: __,
  cached_content,
  ...others
}: JsonObject): JsonObject {
  return withoutUnset({ cachedContent: cached_content, ...others });
}

/** What is not asked for by name is Gemini's default, too. */
const TIERS: Readonly<Record<string, string | undefined>> = {
  auto: undefined,
  default: undefined,
  flex: 'flex',
  priority: 'priority',
};

function toServiceTier(tier: JsonValue | undefined): string | undefined {
  if (isUnset(tier)) return undefined;
  if (typeof tier === 'string' && Object.hasOwn(TIERS, tier)) return TIERS[tier];
  throw unsupported('service_tier', PROVIDER, 'It knows auto, default, flex and priority.');
}
