import { type ChatRequest, isReasoningModel } from './chat-request.ts';
import { checkConversation } from './check-conversation.ts';
import { checkMessages } from './check-messages.ts';
import { checkModelSupport } from './check-model-support.ts';
import { checkFormatUse, checkResponseFormat } from './check-response-format.ts';
import {
  checkFunctionChoice,
  checkFunctions,
  checkToolChoice,
  checkToolSchemas,
  checkTools,
  checkToolUse,
} from './check-tools.ts';
import {
  checkArray,
  checkBoolean,
  checkDecimal,
  checkEnum,
  checkInteger,
  checkMembers,
  checkObject,
  checkString,
  invalidType,
  type JsonObject,
  missing,
  unknownParameter,
  unrecognizedArguments,
  unsupportedParameter,
} from './check-value.ts';
import { badRequest } from './refusal.ts';

type Check = (value: unknown, param: string, model: string) => void;

const penalty: Check = (value, param) => checkDecimal(value, param, { min: -2, max: 2 });
const text: Check = (value, param) => checkString(value, param);
const object: Check = (value, param) => checkObject(value, param);
const oneOf =
  (...values: string[]): Check =>
  (value, param) =>
    checkEnum(value, param, values);

/** Every parameter there is, in the order in which the provider reports its faults. */
const PARAMETERS: readonly (readonly [name: string, check: Check])[] = [
  ['messages', checkMessages],
  ['functions', checkFunctions],
  ['function_call', checkFunctionChoice],
  ['tools', checkTools],
  ['tool_choice', checkToolChoice],
  ['parallel_tool_calls', checkBoolean],
  ['max_completion_tokens', (value, param) => checkInteger(value, param, { min: 1 })],
  ['max_tokens', checkMaxTokens],
  ['n', (value, param) => checkInteger(value, param, { min: 1, max: 128 })],
  ['stop', checkStop],
  ['temperature', (value, param) => checkDecimal(value, param, { min: 0, max: 2 })],
  ['top_p', (value, param) => checkDecimal(value, param, { min: 0, max: 1 })],
  ['presence_penalty', penalty],
  ['frequency_penalty', penalty],
  ['logprobs', checkBoolean],
  ['top_logprobs', checkTopLogprobs],
  ['logit_bias', checkLogitBias],
  ['user', text],
  ['seed', (value, param) => checkInteger(value, param)],
  ['safety_identifier', text],
  ['prompt_cache_key', text],
  ['prompt_cache_options', object],
  ['prompt_cache_retention', oneOf('in_memory', '24h')],
  ['service_tier', oneOf('auto', 'default', 'fast', 'flex', 'scale', 'priority')],
  ['stream', checkBoolean],
  ['stream_options', checkStreamOptions],
  ['store', checkBoolean],
  ['metadata', checkMetadata],
  ['response_format', checkResponseFormat],
  ['verbosity', oneOf('low', 'medium', 'high')],
  ['reasoning_effort', oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh')],
  ['modalities', checkModalities],
  ['audio', object],
  ['prediction', object],
  ['moderation', object],
  ['web_search_options', object],
];

const NAMES: ReadonlySet<string> = new Set(['model', ...PARAMETERS.map(([name]) => name)]);

/**
 * Checks a chat completion request as the provider does and stops at the first fault, in the provider's
 * order: what must be there, unknown parameters, each parameter by itself, what the model supports, what
 * the parameters owe each other.
 *
 * @throws Refusal
 */
export function checkChatRequest(body: JsonObject & { model: string }): ChatRequest {
  if (body.messages === undefined) throw missing('messages');
  refuseUnknown(body);
  for (const [name, check] of PARAMETERS) {
    const value = body[name];
    if (value !== undefined && (value !== null || name === 'messages')) check(value, name, body.model);
  }
  // Every parameter has been checked by now; the type says what the checks let pass.
  const request = body as unknown as ChatRequest;
  checkModelSupport(request);
  checkCombinations(request);
  checkToolUse(request);
  checkConversation(request.messages);
  checkToolSchemas(request);
  checkFormatUse(request);
  return request;
}

/** Models of before `gpt-5` name every unknown parameter in one sentence, newer ones the first. */
function refuseUnknown(body: JsonObject & { model: string }): void {
  const unknown = Object.keys(body).filter((name) => !NAMES.has(name));
  const [first] = unknown;
  if (first === undefined) return;
  if (isReasoningModel(body.model)) throw unknownParameter(first);
  throw unrecognizedArguments(unknown);
}

function checkCombinations(request: ChatRequest): void {
  if (isSet(request.max_tokens) && isSet(request.max_completion_tokens)) {
    const message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
    throw badRequest(message, 'max_tokens', 'invalid_parameter_combination');
  }
  if (isSet(request.stream_options) && request.stream !== true) throw onlyWhen('stream_options', 'stream');
  if (isSet(request.top_logprobs) && request.logprobs !== true) throw onlyWhen('top_logprobs', 'logprobs');
  if (isSet(request.metadata) && request.store !== true) throw onlyWhen('metadata', 'store');
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function onlyWhen(param: string, needed: string): Error {
  return badRequest(`The '${param}' parameter is only allowed when '${needed}' is enabled.`, param);
}

/** For a reasoning model this comes before the value is looked at. */
function checkMaxTokens(value: unknown, param: string, model: string): void {
  if (isReasoningModel(model)) throw unsupportedParameter(param, " Use 'max_completion_tokens' instead.");
  checkInteger(value, param, { min: 1 });
}

/** Of the reasoning models only o1 can be stopped. */
function checkStop(value: unknown, param: string, model: string): void {
  if (isReasoningModel(model) && !model.startsWith('o1')) throw unsupportedParameter(param);
  if (typeof value === 'string') return;
  if (!Array.isArray(value)) throw invalidType(param, 'one of a string or array of strings', value);
  if (value.length > 0) checkArray(value, param, 'an array of strings', 4);
  for (const [index, each] of value.entries()) checkString(each, `${param}[${index}]`);
}

function checkTopLogprobs(value: unknown, param: string): void {
  checkInteger(value, param, { min: 0 });
  if (Number(value) <= 20) return;
  throw badRequest(`Invalid value for '${param}': must be less than or equal to 20.`, param);
}

function checkLogitBias(value: unknown, param: string): void {
  checkObject(value, param);
  for (const token in value) checkDecimal(value[token], `${param}.${token}`, { min: -100, max: 100 });
}

function checkStreamOptions(value: unknown, param: string): void {
  checkObject(value, param);
  checkMembers(value, param, new Set(['include_usage', 'include_obfuscation']));
  for (const key in value) checkBoolean(value[key], `${param}.${key}`);
}

function checkModalities(value: unknown, param: string): void {
  checkArray(value, param, 'an array of strings');
  for (const [index, each] of value.entries()) checkEnum(each, `${param}[${index}]`, ['text', 'audio']);
}

function checkMetadata(value: unknown, param: string): void {
  checkObject(value, param, 'a metadata object');
  const keys = Object.keys(value);
  if (keys.length > 16) {
    const message = `Invalid '${param}': too many properties. Expected an object with at most 16 properties, but got an object with ${keys.length} properties instead.`;
    throw badRequest(message, param, 'object_above_max_properties');
  }
  for (const key of keys) {
    if (key.length > 64) throw metadataKeyTooLong(key, param);
    checkString(value[key], `${param}.${key}`, 512);
  }
}

function metadataKeyTooLong(key: string, param: string): Error {
  const short = `${key.slice(0, 3)}...${key.slice(-3)}`;
  const message = `Invalid property name in '${param}': '${short}' is too long. Expected a string with maximum length 64, but got a string with length ${key.length} instead.`;
  return badRequest(message, `${param}.${key}`, 'property_name_above_max_length');
}
