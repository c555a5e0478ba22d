import type { JsonObject, JsonValue } from '../../../core/json.ts';
import type { Endpoint } from '../../../core/provider-call.ts';

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

type PassedFields = Readonly<Record<string, Bounds>>;

const CHAT_FIELDS: PassedFields = {
  model: {},
  messages: {},
  functions: {},
  function_call: {},
  max_tokens: { min: 0 },
  max_completion_tokens: {},
  temperature: { min: 0, max: 2 },
  top_p: { min: 0, max: 1 },
  n: {},
  stream: {},
  stream_options: {},
  stop: {},
  presence_penalty: { min: -2, max: 2 },
  frequency_penalty: { min: -2, max: 2 },
  logit_bias: {},
  logprobs: {},
  top_logprobs: {},
  user: {},
  seed: {},
  tools: {},
  tool_choice: {},
  parallel_tool_calls: {},
  response_format: {},
  service_tier: {},
  store: {},
  metadata: {},
  modalities: {},
  audio: {},
  prediction: {},
  reasoning_effort: {},
  verbosity: {},
  web_search_options: {},
  prompt_cache_key: {},
  safety_identifier: {},
};

const EMBEDDINGS_FIELDS: PassedFields = {
  model: {},
  input: {},
  encoding_format: {},
  dimensions: {},
  user: {},
};

/**
 * The fields that Portkey 1.15.2 passes on to a provider of its `openai` dialect, with the bounds that it moves
 * numbers into. Whatever else a client sends, no provider behind Portkey has ever seen.
 */
const PASSED_FIELDS: Partial<Readonly<Record<Endpoint, PassedFields>>> = {
  'chat.completions': CHAT_FIELDS,
  embeddings: EMBEDDINGS_FIELDS,
};

/** A request as Portkey would have passed it on. */
export interface PortkeyRequest {
  readonly body: JsonObject;
  /** Names of the client's fields that are not in it. */
  readonly droppedFields: readonly string[];
}

/**
 * Makes a request what the provider would have been sent behind Portkey (quirks `request.dropped_fields` and
 * `request.clamped_numbers`): a strict provider answers 400 to what a client has sent for years without knowing.
 */
export function toPortkeyRequest(endpoint: Endpoint, body: JsonObject): PortkeyRequest {
  const fields = PASSED_FIELDS[endpoint];
  if (fields === undefined) return { body, droppedFields: [] };
  const isPassed = (name: string) => Object.hasOwn(fields, name);
  const entries = Object.entries(body);
  const passed = entries
    .filter(([name]) => isPassed(name))
    .map(([name, value]) => [name, clamp(value, fields[name] ?? {})] as const);
  const droppedFields = entries.map(([name]) => name).filter((name) => !isPassed(name));
  return { body: Object.fromEntries(passed), droppedFields };
}

function clamp(value: JsonValue | undefined, { min, max }: Bounds): JsonValue | undefined {
  if (typeof value !== 'number') return value;
  if (min !== undefined && value < min) return min;
  return max !== undefined && value > max ? max : value;
}
