import { checkTurns } from './check-turns.ts';
import { type GeminiRefusal, invalidArgument } from './gemini-refusal.ts';
import { schemaFaults } from './gemini-schema.ts';
import { type Content, functionsOf, type GenerateRequest, type Part } from './generate-request.ts';
import { isGemini3 } from './model-generation.ts';

const DATA_FIELDS = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
] as const;

type Bounds = readonly [least: number, most: number];

/**
 * Checks a request that could be read: every field by itself, then what this model takes, then the order of turns.
 *
 * @throws GeminiRefusal 400 in the provider's words
 */
export function checkGenerate(request: GenerateRequest, model: string): void {
  const faults = [
    ...contentFaults(request),
    ...configFaults(request),
    ...toolFaults(request),
    ...toolConfigFaults(request),
  ];
  if (faults.length > 0) throw requestFaults('GenerateContentRequest', faults);
  checkModelSupport(request, model);
  checkTurns(request.contents ?? [], model);
}

/** The provider's list of what is wrong with the fields of a request. */
export function requestFaults(name: string, faults: readonly string[]): GeminiRefusal {
  return invalidArgument(faults.map((fault) => `* ${name}.${fault}\n`).join(''));
}

/** What is wrong with one turn, which stands at `at`. */
export function turnFaults({ parts = [] }: Content, at: string): string[] {
  if (parts.length === 0) return [`${at}.parts: contents.parts must not be empty.`];
  return parts.flatMap((part, index) => partFaults(part, `${at}.parts[${index}]`));
}

function contentFaults({ contents = [], systemInstruction }: GenerateRequest): string[] {
  return [
    ...(contents.length === 0 ? ['contents: contents is not specified'] : []),
    ...contents.flatMap((content, index) => turnFaults(content, `contents[${index}]`)),
    ...(systemInstruction === undefined ? [] : turnFaults(systemInstruction, 'system_instruction')),
  ];
}

function partFaults(part: Part, at: string): string[] {
  const fields = DATA_FIELDS.filter((field) => part[field] !== undefined);
  const [first, second] = fields;
  if (first === undefined) return [`${at}.data: required oneof field 'data' must have one initialized field`];
  if (second !== undefined) {
    throw invalidArgument(
      `Invalid value at '${at}' (oneof), oneof field 'data' is already set. Cannot set '${second}'`,
    );
  }
  const { functionCall, functionResponse, fileData } = part;
  return [
    ...(functionCall && !functionCall.name ? [`${at}.function_call.name: Name cannot be empty.`] : []),
    ...(functionResponse && !functionResponse.name
      ? [`${at}.function_response.name: Name cannot be empty.`]
      : []),
    ...(fileData && !fileData.fileUri ? [`${at}.file_data.file_uri: File URI cannot be empty.`] : []),
  ];
}

function configFaults({ generationConfig: config = {} }: GenerateRequest): string[] {
  const { responseSchema, responseJsonSchema, responseMimeType = 'text/plain' } = config;
  const wantsSchema = responseSchema !== undefined || responseJsonSchema !== undefined;
  return [
    ...rangeFault('temperature', config.temperature, [0, 2]),
    ...rangeFault('top_p', config.topP, [0, 1]),
    ...rangeFault('candidate_count', config.candidateCount, [1, 8]),
    ...rangeFault('presence_penalty', config.presencePenalty, [-2, 2]),
    ...rangeFault('frequency_penalty', config.frequencyPenalty, [-2, 2]),
    ...rangeFault('logprobs', config.logprobs, [0, 20]),
    ...((config.maxOutputTokens ?? 1) < 1
      ? ['generation_config.max_output_tokens: max_output_tokens must be positive.']
      : []),
    ...((config.stopSequences ?? []).length > 5
      ? ['generation_config.stop_sequences: must contain at most 5 stop sequences.']
      : []),
    ...(wantsSchema && responseMimeType === 'text/plain'
      ? ['generation_config.response_schema: only allowed when response_mime_type is application/json.']
      : []),
    ...(responseSchema === undefined
      ? []
      : schemaFaults(responseSchema, 'generation_config.response_schema')),
  ];
}

function rangeFault(name: string, value: number | undefined, [least, most]: Bounds): string[] {
  if (value === undefined || (value >= least && value <= most)) return [];
  const shown = [least, most].map((bound) => (name.endsWith('count') ? String(bound) : bound.toFixed(1)));
  return [`generation_config.${name}: ${name} must be in the range [${shown.join(', ')}].`];
}

function toolFaults({ tools = [] }: GenerateRequest): string[] {
  return tools.flatMap(({ functionDeclarations = [] }, tool) =>
    functionDeclarations.flatMap(({ name = '', parameters }, index) => {
      const at = `tools[${tool}].function_declarations[${index}]`;
      return [
        ...(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/.test(name) ? [] : [`${at}.name: ${INVALID_NAME}`]),
        ...(parameters === undefined ? [] : schemaFaults(parameters, `${at}.parameters`)),
      ];
    }),
  );
}

const INVALID_NAME =
  'Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.';

function toolConfigFaults(request: GenerateRequest): string[] {
  const calling = request.toolConfig?.functionCallingConfig;
  if (calling === undefined) return [];
  const at = 'tool_config.function_calling_config';
  const names = new Set(functionsOf(request).map(({ name }) => name));
  const { mode = 'AUTO', allowedFunctionNames = [] } = calling;
  if (names.size === 0) return [`${at}: Function calling config is set without function_declarations.`];
  if (allowedFunctionNames.length > 0 && mode !== 'ANY' && mode !== 'VALIDATED') {
    return [`${at}.allowed_function_names: can be set only when the function calling mode is ANY.`];
  }
  return allowedFunctionNames.flatMap((name, index) =>
    names.has(name) ? [] : [`${at}.allowed_function_names[${index}]: function is not declared.`],
  );
}

function checkModelSupport(request: GenerateRequest, model: string): void {
  const { thinkingConfig, responseMimeType } = request.generationConfig ?? {};
  if (isGemini3(model)) {
    if (thinkingConfig?.thinkingLevel === undefined || thinkingConfig.thinkingBudget === undefined) return;
    throw invalidArgument('You can only set only one of thinking budget and thinking level.');
  }
  if (thinkingConfig?.thinkingLevel !== undefined) {
    throw invalidArgument('Thinking level is not supported for this model.');
  }
  const mode = request.toolConfig?.functionCallingConfig?.mode;
  if (responseMimeType === 'application/json' && mode !== 'NONE' && functionsOf(request).length > 0) {
    throw invalidArgument("Function calling with a response mime type: 'application/json' is unsupported");
  }
}
