import { createHash } from 'node:crypto';
import { countWords } from '../words.ts';
import {
  checkArray,
  checkInteger,
  checkString,
  invalidType,
  type JsonObject,
  unrecognizedArguments,
} from './check-value.ts';
import { badRequest } from './refusal.ts';

const NAMES = new Set(['model', 'input', 'encoding_format', 'dimensions', 'user']);
const FORMATS: ReadonlySet<unknown> = new Set(['float', 'base64']);
const MAX_INPUTS = 2048;

type EmbeddingInput = string | number[];

/** An embeddings request once checked; `inputs` is the list also where the request has only one. */
export interface EmbeddingsRequest {
  model: string;
  inputs: readonly EmbeddingInput[];
  asBase64: boolean;
  dimensions: number;
}

/**
 * Checks an embeddings request as the provider does. This endpoint words its refusals differently from
 * chat completions.
 *
 * @throws Refusal
 */
export function checkEmbeddingsRequest(body: JsonObject & { model: string }): EmbeddingsRequest {
  const unknown = Object.keys(body).filter((name) => !NAMES.has(name));
  if (unknown.length > 0) throw unrecognizedArguments(unknown);
  const { model, input, encoding_format: format, user } = body;
  const dimensions = readDimensions(model, body.dimensions ?? undefined);
  if (!FORMATS.has(format ?? 'float')) {
    throw badRequest(`'${format}' is not one of ['float', 'base64'] - 'encoding_format'`);
  }
  if (user !== undefined && user !== null) checkString(user, 'user');
  return {
    model,
    inputs: readInput(input),
    asBase64: format === 'base64',
    dimensions,
  };
}

function readInput(input: unknown): readonly EmbeddingInput[] {
  if (input === undefined) throw badRequest("'input' is a required property");
  if (typeof input === 'string') return [checkInput(input)];
  checkArray(input, 'input', 'one of a string or array', MAX_INPUTS);
  if (input.every(Number.isInteger)) return [input as number[]];
  return input.map(checkInput);
}

function checkInput(input: unknown): EmbeddingInput {
  if (typeof input === 'string' && input !== '') return input;
  if (Array.isArray(input) && input.length > 0 && input.every(Number.isInteger)) return input;
  throw badRequest(
    "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
  );
}

function readDimensions(model: string, dimensions: unknown): number {
  const full = model.includes('3-large') ? 3072 : 1536;
  if (dimensions === undefined) return full;
  if (model.includes('ada-002')) throw badRequest('This model does not support specifying dimensions.');
  if (typeof dimensions !== 'number') throw invalidType('dimensions', 'an integer', dimensions);
  if (dimensions < 1) throw badRequest(`${dimensions} is less than the minimum of 1 - 'dimensions'`);
  checkInteger(dimensions, 'dimensions');
  if (dimensions > full) {
    const message = `Invalid value for 'dimensions' = ${dimensions}. Must be less than or equal to ${full}.`;
    throw badRequest(message);
  }
  return dimensions;
}

/** The embeddings of a request: the same text always gets the same vector of length 1. */
export function embeddings(request: EmbeddingsRequest): object {
  const tokens = request.inputs.reduce((sum, input) => sum + countTokens(input), 0);
  return {
    object: 'list',
    data: request.inputs.map((input, index) => ({
      object: 'embedding',
      index,
      embedding: encode(unitVector(String(input), request.dimensions), request.asBase64),
    })),
    model: request.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function countTokens(input: EmbeddingInput): number {
  return typeof input === 'string' ? countWords(input) : input.length;
}

/** A vector of length 1, the same for the same text. */
export function unitVector(text: string, dimensions: number): Float32Array {
  const seed = createHash('sha256').update(text).digest();
  const raw = Float32Array.from({ length: dimensions }, (_, index) =>
    Math.sin(seed.readUInt32LE((index % 8) * 4) + index),
  );
  const length = Math.hypot(...raw);
  return raw.map((value) => value / length);
}

/** Base64 is of the little-endian 32-bit floats. */
function encode(vector: Float32Array, asBase64: boolean): string | number[] {
  if (!asBase64) return [...vector];
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}
