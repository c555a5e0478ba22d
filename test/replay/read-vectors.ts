import { z } from 'zod';

const vector = z.union([z.array(z.number()), z.string()]);
const openAISchema = z.looseObject({
  data: z.array(z.looseObject({ index: z.number(), embedding: vector })),
});
const geminiSchema = z.looseObject({ embeddings: z.array(z.looseObject({ values: vector })) });

/** The vectors of an embeddings answer in OpenAI's dialect, by their index. */
export function readVectors(document: unknown): unknown[] {
  const { data } = openAISchema.parse(document);
  return data.toSorted((one, other) => one.index - other.index).map(({ embedding }) => embedding);
}

/** The vectors of Gemini's answer, in order. */
export function readGeminiVectors(document: unknown): unknown[] {
  return geminiSchema.parse(document).embeddings.map(({ values }) => values);
}
