import type { Directive } from '../directive.ts';
import { minimalInstance } from '../minimal-instance.ts';
import { limitText } from '../openai/limit-text.ts';
import { countWords } from '../words.ts';
import { toJsonSchema } from './gemini-schema.ts';
import { countParts, functionsOf, type GenerateRequest, textOf } from './generate-request.ts';
import { isGemini3 } from './model-generation.ts';

/** One part of an answer. */
export type AnswerPart =
  | { text: string; thought?: true; thoughtSignature?: string }
  | { functionCall: { name: string; args?: unknown; id?: string }; thoughtSignature?: string }
  | { inlineData: { mimeType: string; data: string }; thought?: true }
  | { executableCode: object }
  | { codeExecutionResult: object };

/** What the model says, before it is put into one body or into events; every candidate says the same. */
export interface GenerateAnswer {
  parts: readonly AnswerPart[];
  finishReason: string | undefined;
  /** Why the prompt was blocked; then there is nothing else. */
  blockReason: string | undefined;
  isGrounded: boolean;
  /** Counts of words; thoughts count whether they are shown or not. */
  thoughtTokens: number;
}

interface Call {
  name: string;
  arguments: string;
}

/** Reasons for which what was said is withheld. */
const WITHHELD = new Set(['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY']);
const SIGNATURE = 'c2lnbmVkLWJ5LWVtdWxhdG9y';
const PICTURE = {
  mimeType: 'image/png',
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
};

/**
 * Decides on the answer. The same request always gets the same one, streamed or not.
 *
 * @param said the last user text without its directive
 * @param number of the request, which makes the ids of its calls
 */
export function composeAnswer(
  request: GenerateRequest,
  directive: Directive,
  said: string,
  model: string,
  number: number,
): GenerateAnswer {
  const thoughtTokens = countWords(directive.reasoning ?? '');
  const calls = chooseCalls(request, directive);
  const { text, isCut } = chooseText(request, directive, said, calls, thoughtTokens);
  const finishReason = directive.finishReason ?? (directive.emptyContent || isCut ? 'MAX_TOKENS' : 'STOP');
  const signs = directive.reasoning !== undefined || isGemini3(model);
  const parts: AnswerPart[] = [
    ...(directive.reasoning === undefined ? [] : [{ text: directive.reasoning, thought: true as const }]),
    ...(directive.draftImage ? [{ inlineData: PICTURE, thought: true as const }] : []),
    ...(directive.serverTool ? CODE_RUN : []),
    ...(text === undefined ? [] : [{ text }]),
    ...calls.map((call, index) => callPart(call, index, signs, isGemini3(model) ? number : undefined)),
    ...(directive.image ? [{ inlineData: PICTURE }] : []),
  ];
  return {
    parts: directive.emptyContent || directive.blockReason ? [] : parts,
    finishReason: directive.noFinishReason ? undefined : finishReason,
    blockReason: directive.blockReason,
    isGrounded: directive.grounding === true,
    thoughtTokens,
  };
}

function chooseCalls(request: GenerateRequest, directive: Directive): readonly Call[] {
  const isFollowUp = countParts(request.contents?.at(-1), 'functionResponse') > 0;
  // The directive stays in the history, and an agent that got its result must not be sent round again.
  if (directive.toolCalls !== undefined && !isFollowUp) return directive.toolCalls;
  const { mode, allowedFunctionNames = [] } = request.toolConfig?.functionCallingConfig ?? {};
  const functions = functionsOf(request);
  const wanted = functions.find(({ name = '' }) => allowedFunctionNames.includes(name)) ?? functions[0];
  if (mode !== 'ANY' || wanted?.name === undefined) return [];
  const { parameters, parametersJsonSchema } = wanted;
  const schema =
    parameters === undefined ? (parametersJsonSchema ?? { type: 'object' }) : toJsonSchema(parameters);
  return [{ name: wanted.name, arguments: JSON.stringify(minimalInstance(schema)) }];
}

/** No text where there are calls, where it was withheld, and where thinking left no room for any. */
function chooseText(
  request: GenerateRequest,
  directive: Directive,
  said: string,
  calls: readonly Call[],
  thoughtTokens: number,
): { text: string | undefined; isCut: boolean } {
  const isSilent = calls.length > 0 || WITHHELD.has(directive.finishReason ?? '');
  const full = directive.text ?? (isSilent ? undefined : defaultText(request, said));
  if (full === undefined) return { text: undefined, isCut: false };
  const { stopSequences, maxOutputTokens } = request.generationConfig ?? {};
  const words = maxOutputTokens === undefined ? undefined : Math.max(0, maxOutputTokens - thoughtTokens);
  const { text, isCut } = limitText(full, { stop: stopSequences, words });
  return { text: text === '' && isCut ? undefined : text, isCut };
}

function defaultText(request: GenerateRequest, said: string): string {
  const { responseMimeType, responseSchema, responseJsonSchema } = request.generationConfig ?? {};
  const schema = responseSchema === undefined ? responseJsonSchema : toJsonSchema(responseSchema);
  if (schema !== undefined) {
    const instance = minimalInstance(schema);
    return responseMimeType === 'text/x.enum' ? String(instance) : JSON.stringify(instance);
  }
  const text = plainText(request, said);
  return responseMimeType === 'application/json' ? JSON.stringify({ answer: text }) : text;
}

function plainText({ contents = [] }: GenerateRequest, said: string): string {
  const results = (contents.at(-1)?.parts ?? []).flatMap(({ functionResponse }) => functionResponse ?? []);
  if (results.length > 0) {
    return `The tool said: ${results.map(({ response }) => JSON.stringify(response ?? {})).join('\n')}`;
  }
  return said === '' ? 'You said nothing.' : `You said: ${said}`;
}

/** Of several calls the first alone is signed. */
function callPart(call: Call, index: number, signs: boolean, number: number | undefined): AnswerPart {
  return {
    functionCall: {
      name: call.name,
      ...(call.arguments === '' ? {} : { args: parseArguments(call.arguments) }),
      ...(number === undefined ? {} : { id: `${number.toString(36).padStart(7, '0')}${index}` }),
    },
    ...(signs && index === 0 ? { thoughtSignature: SIGNATURE } : {}),
  };
}

/** What is no JSON is a test's fault and shows as text. */
function parseArguments(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return { unparsed: json };
  }
}

/** Code that the provider itself writes and runs: no call of a client's tool. */
const CODE_RUN: readonly AnswerPart[] = [
  { executableCode: { language: 'PYTHON', code: 'print(2 + 3)\n' } },
  { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '5\n' } },
];

/** How much a request says, in words and a little for each turn. */
export function promptTokens({ contents = [], systemInstruction }: Partial<GenerateRequest>): number {
  return contents.reduce(
    (sum, content) => sum + 3 + countWords(textOf(content)),
    3 + countWords(textOf(systemInstruction)),
  );
}

/** How much a part says, in words; a picture counts as the provider counts one. */
export function partTokens(part: AnswerPart): number {
  if ('text' in part) return part.thought ? 0 : countWords(part.text);
  return 'inlineData' in part ? 1290 : countWords(JSON.stringify(part));
}
