import { outcomeOfAnswer } from '../../../core/buffered-answer.ts';
import { GatewayError } from '../../../core/gateway-error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';
import type { Reply } from '../../../core/request-path.ts';
import { readUsage } from '../../../core/usage.ts';
import {
  flattenExtraBody,
  invalidValue,
  isUnset,
  unsupported,
  withoutUnset,
} from '../../chat/request-fields.ts';
import { bufferedReply, readDocument, timingsOf, type UpstreamAnswer } from '../../upstream-answer.ts';
import { PROVIDER } from './google-parts.ts';
import type { GoogleMethod } from './google-upstream.ts';

/** A request for embeddings in Gemini's dialect. */
export interface EmbeddingsRequest {
  readonly method: GoogleMethod;
  readonly body: JsonObject;
  /** Names of the client's fields that are not in it in any form, under `compat: portkey`. */
  readonly droppedFields: readonly string[];
}

/** Fields that are translated, or whose meaning has no effect on an answer of Gemini's. */
const TAKEN: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user']);

/**
 * Gemini's request for a call's embeddings. Under `compat: portkey` it says nothing but the texts, as Portkey's does,
 * which however puts several texts into one content and gets one embedding for all of them.
 * @throws GatewayError naming the field that cannot be translated
 */
export function toEmbeddingsRequest({ body, key }: ProviderCall): EmbeddingsRequest {
  if (key.compat === 'portkey') return toPortkeyRequest(body);
  const given = flattenExtraBody(body);
  const contents = textsOf(given.input).map(toContent);
  return { ...toMethod(contents, optionsOf(given)), droppedFields: [] };
}

function toPortkeyRequest(body: JsonObject): EmbeddingsRequest {
  const droppedFields = Object.keys(body).filter((name) => name !== 'input' && name !== 'model');
  const inputs = inputsOf(body.input);
  if (inputs.length > 1 && inputs.every(isText)) {
    return { ...toMethod(inputs.map(toContent), {}), droppedFields };
  }
  // What is no text goes to Google as it is, whose refusal Portkey's clients know.
  const content = { parts: inputs.map((text) => ({ text })) };
  return { method: 'embedContent', body: { content, model: body.model }, droppedFields };
}

function toMethod(contents: readonly JsonObject[], options: JsonObject) {
  const [only] = contents;
  return contents.length === 1 && only !== undefined
    ? ({ method: 'embedContent', body: { content: only, ...options } } as const)
    : ({
        method: 'batchEmbedContents',
        body: { requests: contents.map((content) => ({ content, ...options })) },
      } as const);
}

function toContent(text: string): JsonObject {
  return { parts: [{ text }] };
}

function inputsOf(input: JsonValue | undefined): readonly JsonValue[] {
  if (isUnset(input)) {
    throw new GatewayError('missing_required_parameter', "Missing required parameter: 'input'.", {
      param: 'input',
    });
  }
  return Array.isArray(input) ? input : [input];
}

function isText(input: JsonValue): input is string {
  return typeof input === 'string';
}

function textsOf(input: JsonValue | undefined): readonly string[] {
  const texts = inputsOf(input);
  if (texts.length === 0) throw invalidValue('input', 'must hold at least one text');
  if (texts.every(isText)) return texts;
  throw unsupported('input', PROVIDER, 'It takes a text or a list of texts, no tokens.');
}

/** What holds for each of the texts; what OpenAI's dialect does not know, such as `taskType`, is passed on. */
function optionsOf(body: JsonObject): JsonObject {
  const { encoding_format: format, dimensions } = body;
  if (!isUnset(format) && format !== 'float' && format !== 'base64') {
    throw invalidValue('encoding_format', 'must be float or base64');
  }
  const passed = Object.entries(body).filter(([name]) => !TAKEN.has(name));
  return withoutUnset({ outputDimensionality: dimensions, ...Object.fromEntries(passed) });
}

/**
 * The reply for Gemini's embeddings, as OpenAI writes them. Gemini rarely counts tokens: there are none then.
 * @param method the one that was called
 * @throws GatewayError `upstream_invalid_response` where there is not one embedding for each text
 */
export async function embeddingsReply(
  call: ProviderCall,
  method: GoogleMethod,
  answer: UpstreamAnswer,
): Promise<Reply> {
  const { document } = await readDocument(answer);
  const vectors = vectorsOf(document);
  const { input } = call.body;
  const expected = method === 'batchEmbedContents' && Array.isArray(input) ? input.length : 1;
  if (vectors.length !== expected) {
    throw new GatewayError('upstream_invalid_response', 'The provider’s answer lacks embeddings.');
  }
  const written = toDocument(call, vectors, readUsage(document.usageMetadata)?.prompt ?? 0);
  const outcome = outcomeOfAnswer(call.endpoint, answer.response.statusCode, written, timingsOf(answer));
  const shown = call.key.compat === 'portkey' ? { ...written, usage: PORTKEY_USAGE } : written;
  return bufferedReply(answer, Buffer.from(JSON.stringify(shown)), outcome);
}

/** Portkey's word for counts that it does not have, nor looks for. */
const PORTKEY_USAGE: JsonObject = { prompt_tokens: -1, total_tokens: -1 };

function vectorsOf({ embedding, embeddings }: JsonObject): number[][] {
  const given = Array.isArray(embeddings) ? embeddings : [embedding];
  return given.flatMap((one) => {
    const values = isJsonObject(one) ? one.values : undefined;
    return Array.isArray(values) && values.every((value) => typeof value === 'number') ? [values] : [];
  });
}

/** Behind Portkey nobody has ever got base64, whatever was asked for. */
function toDocument({ body, key }: ProviderCall, vectors: readonly number[][], tokens: number): JsonObject {
  const isBase64 = body.encoding_format === 'base64' && key.compat !== 'portkey';
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    embedding: isBase64 ? toBase64(vector) : vector,
    index,
  }));
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return { object: 'list', data, model: body.model, usage };
}

/** 32-bit floats, least significant byte first. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
