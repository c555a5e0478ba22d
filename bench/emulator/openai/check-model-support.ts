import { type ChatRequest, isReasoningModel } from './chat-request.ts';
import { unknownParameter, unrecognizedArguments, unsupportedParameter } from './check-value.ts';
import { badRequest } from './refusal.ts';

/** Parameters a model does not take while it reasons, and the value that changes nothing. */
const NOT_WHILE_REASONING = [
  ['top_p', 1],
  ['presence_penalty', 0],
  ['frequency_penalty', 0],
  ['logprobs', false],
] as const;

/** Refuses parameters that exist but that this model does not take. */
export function checkModelSupport(request: ChatRequest): void {
  if (isReasoningModel(request.model)) checkReasoning(request);
  else if (/^(gpt-4|gpt-3\.5|chatgpt-)/.test(request.model) && isSet(request.reasoning_effort)) {
    throw unrecognizedArguments(['reasoning_effort']);
  }
  // Audio models would take it, but the emulator has no voice.
  if (request.modalities?.includes('audio')) {
    throw unsupportedValue('modalities', "'audio'");
  }
}

function checkReasoning(request: ChatRequest): void {
  if (isSet(request.audio)) throw unknownParameter('audio');
  if (isSet(request.modalities)) throw unknownParameter('modalities');
  if (isSet(request.web_search_options) && !request.model.includes('search')) {
    throw unknownParameter('web_search_options');
  }
  if (isSet(request.logit_bias)) throw unsupportedParameter('logit_bias');
  if (isSet(request.prediction)) throw unsupportedParameter('prediction');
  if (request.reasoning_effort !== 'none') checkSampling(request);
  checkRoles(request);
}

function checkSampling(request: ChatRequest): void {
  if (isSet(request.temperature) && request.temperature !== 1) {
    const advice = ' Only the default (1) value is supported.';
    throw unsupportedValue('temperature', String(request.temperature), advice);
  }
  for (const [name, neutral] of NOT_WHILE_REASONING) {
    if (isSet(request[name]) && request[name] !== neutral) throw unsupportedParameter(name);
  }
}

function checkRoles(request: ChatRequest): void {
  const index = request.messages.findIndex((message) => message.role === 'function');
  if (index !== -1) throw unsupportedValue(`messages[${index}].role`, "'function'");
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function unsupportedValue(param: string, value: string, advice = ''): Error {
  const message = `Unsupported value: '${param}' does not support ${value} with this model.${advice}`;
  return badRequest(message, param, 'unsupported_value');
}
