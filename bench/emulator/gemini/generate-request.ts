import { z } from 'zod';
import { geminiSchema } from './gemini-schema.ts';
import { bytes, enumOf, int64, message, repeated, struct } from './proto-json.ts';

const text = z.string().optional();
const number = z.number().optional();
const int = z.int().optional();
const bool = z.boolean().optional();

const part = message({
  text,
  thought: bool,
  thoughtSignature: bytes.optional(),
  inlineData: message({ mimeType: text, data: bytes.optional(), displayName: text }).optional(),
  fileData: message({ mimeType: text, fileUri: text, displayName: text }).optional(),
  functionCall: message({ id: text, name: text, args: struct.optional() }).optional(),
  functionResponse: message({
    id: text,
    name: text,
    response: struct.optional(),
    willContinue: bool,
    scheduling: text,
    parts: z.unknown().optional(),
  }).optional(),
  executableCode: struct.optional(),
  codeExecutionResult: struct.optional(),
  videoMetadata: struct.optional(),
  mediaResolution: struct.optional(),
  partMetadata: struct.optional(),
});

/** One turn: who speaks, and in what parts. */
export const content = message({ role: text, parts: repeated(part) });

const functionDeclaration = message({
  name: text,
  description: text,
  behavior: text,
  parameters: geminiSchema.optional(),
  parametersJsonSchema: z.unknown().optional(),
  response: geminiSchema.optional(),
  responseJsonSchema: z.unknown().optional(),
});

const tool = message({
  functionDeclarations: repeated(functionDeclaration),
  googleSearch: struct.optional(),
  googleSearchRetrieval: struct.optional(),
  googleMaps: struct.optional(),
  codeExecution: struct.optional(),
  urlContext: struct.optional(),
  computerUse: struct.optional(),
  fileSearch: struct.optional(),
});

const MODES = ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'];
const toolConfig = message({
  functionCallingConfig: message({
    mode: enumOf('FunctionCallingConfig.Mode', MODES).optional(),
    allowedFunctionNames: repeated(z.string()),
  }).optional(),
  retrievalConfig: struct.optional(),
});

const LEVELS = ['THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];
const thinkingConfig = message({
  includeThoughts: bool,
  thinkingBudget: int,
  thinkingLevel: enumOf('ThinkingConfig.ThinkingLevel', LEVELS).optional(),
});

const MODALITIES = ['MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO'];
const generationConfig = message({
  candidateCount: int,
  stopSequences: repeated(z.string()),
  maxOutputTokens: int,
  temperature: number,
  topP: number,
  topK: number,
  seed: int,
  presencePenalty: number,
  frequencyPenalty: number,
  responseMimeType: text,
  responseSchema: geminiSchema.optional(),
  responseJsonSchema: z.unknown().optional(),
  responseModalities: repeated(enumOf('GenerationConfig.Modality', MODALITIES)),
  responseLogprobs: bool,
  logprobs: int,
  enableEnhancedCivicAnswers: bool,
  speechConfig: struct.optional(),
  imageConfig: struct.optional(),
  mediaResolution: text,
  thinkingConfig: thinkingConfig.optional(),
});

const generateFields = {
  /** The path names the model; a name in the body is not looked at. */
  model: text,
  contents: repeated(content),
  systemInstruction: content.optional(),
  tools: repeated(tool),
  toolConfig: toolConfig.optional(),
  safetySettings: repeated(message({ category: text, threshold: text })),
  generationConfig: generationConfig.optional(),
  cachedContent: text,
  serviceTier: text,
};

/** A request for content. */
export const generateSchema = message(generateFields);
/** A request to count tokens: of turns, or of what a request for content holds. */
export const countSchema = message({
  model: text,
  contents: repeated(content),
  generateContentRequest: generateSchema.optional(),
});

const embedFields = {
  model: text,
  content: content.optional(),
  taskType: text,
  title: text,
  outputDimensionality: int64.optional(),
};
/** A request for one embedding. */
export const embedSchema = message(embedFields);
/** A request for several. */
export const batchEmbedSchema = message({ requests: repeated(embedSchema) });

export type GenerateRequest = z.infer<typeof generateSchema>;
export type Content = z.infer<typeof content>;
export type Part = z.infer<typeof part>;
export type FunctionDeclaration = z.infer<typeof functionDeclaration>;
export type EmbedRequest = z.infer<typeof embedSchema>;

/** The readable text of a turn, one part under the other; thoughts and calls have none. */
export function textOf(given: Content | undefined): string {
  return (given?.parts ?? []).flatMap((each) => each.text ?? []).join('\n');
}

/** The functions that a request offers, over all its tools. */
export function functionsOf({ tools = [] }: GenerateRequest): FunctionDeclaration[] {
  return tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations);
}

/** How many parts of a turn are function calls, or answers to them. */
export function countParts(given: Content | undefined, kind: 'functionCall' | 'functionResponse'): number {
  return (given?.parts ?? []).filter((each) => each[kind] !== undefined).length;
}
