import type { Dialect, DialectAnswer, DialectRequest } from '../dialect.ts';
import { type Directive, DirectiveError, readDirective, requireWholeAnswer } from '../directive.ts';
import { htmlReply } from '../openai/reply.ts';
import { checkGenerate, requestFaults } from './check-generate.ts';
import { checkEmbed, embeddingOf } from './gemini-embeddings.ts';
import { GeminiRefusal, invalidArgument, refusalOfStatus } from './gemini-refusal.ts';
import { errorReply, jsonReply, streamReply } from './gemini-reply.ts';
import { composeAnswer, promptTokens } from './generate-answer.ts';
import {
  batchEmbedSchema,
  type Content,
  countParts,
  countSchema,
  embedSchema,
  generateSchema,
  textOf,
} from './generate-request.ts';
import { generateDocument, generateStream } from './generate-response.ts';
import { parseMessage } from './proto-json.ts';
import { details } from './usage-metadata.ts';

interface GeminiOptions {
  apiKeys?: readonly string[];
  models?: readonly string[];
}

interface Call {
  request: DialectRequest;
  options: GeminiOptions;
  /** Number of the request, from 1. */
  number: number;
  model: string;
  method: string;
}

type Handler = (call: Call) => DialectAnswer;

/** Status of an HTML error whose directive names none. */
const HTML_STATUS = 403;
const PATH = /^\/v1(?:alpha|beta)\/(?:models|tunedModels)\/([^/:]+):(\w+)$/;

const METHODS: ReadonlyMap<string, Handler> = new Map([
  ['generateContent', answerGenerate],
  ['streamGenerateContent', answerGenerate],
  ['countTokens', answerCount],
  ['embedContent', answerEmbed],
  ['batchEmbedContents', answerBatchEmbed],
]);

/** Whether a path belongs to Google's API; its stable version shares `/v1` with others and is left to them. */
export function isGeminiPath(path: string): boolean {
  return /^\/v1(?:alpha|beta)\//.test(path);
}

/** Gemini's REST API as its reference describes it: content, whole and streamed, counts of tokens, embeddings. */
export function createGeminiDialect(options: GeminiOptions): Dialect {
  let number = 0;
  return {
    answer(request) {
      const [, model = '', method = ''] = PATH.exec(request.path) ?? [];
      const call = { request, options, number: ++number, model, method };
      try {
        return handlerOf(call)(call);
      } catch (error) {
        return { reply: errorReply(asRefusal(error), isArray(call)), directive: undefined };
      }
    },
  };
}

function handlerOf(call: Call): Handler {
  const handler = METHODS.get(call.method);
  if (handler === undefined || call.request.method !== 'POST') throw refusalOfStatus(404);
  checkKey(call);
  checkModel(call);
  return handler;
}

function checkKey({ request: { headers, query }, options }: Call): void {
  const key = headers['x-goog-api-key'] ?? query.get('key');
  if (typeof key !== 'string' || key === '') {
    throw refusalOfStatus(
      403,
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    );
  }
  if (options.apiKeys === undefined || options.apiKeys.includes(key)) return;
  const message = 'API key not valid. Please pass a valid API key.';
  throw invalidArgument(message, [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'API_KEY_INVALID',
      domain: 'googleapis.com',
      metadata: { service: 'generativelanguage.googleapis.com' },
    },
    { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message },
  ]);
}

function checkModel({ options, model, method, request: { path } }: Call): void {
  if (options.models === undefined || options.models.includes(model)) return;
  const version = path.split('/')[1] ?? '';
  const meant =
    method === 'streamGenerateContent'
      ? 'generateContent'
      : method.replace('batchEmbedContents', 'embedContent');
  throw refusalOfStatus(
    404,
    `models/${model} is not found for API version ${version}, or is not supported for ${meant}. Call ListModels to see the list of available models and their supported methods.`,
  );
}

function bodyOf({ request: { body } }: Call): unknown {
  if (body.kind === 'json') return body.value;
  if (body.kind === 'too-large')
    throw invalidArgument('Request payload size exceeds the limit: 20971520 bytes.');
  throw invalidArgument('Invalid JSON payload received. Unexpected token.');
}

function answerGenerate(call: Call): DialectAnswer {
  const request = parseMessage(generateSchema, bodyOf(call));
  checkGenerate(request, call.model);
  const { directive, rest } = readDirective(lastUserText(request.contents));
  return withFault(call, directive, () => {
    const responseId = `emu-${call.number.toString(36).padStart(20, '0')}`;
    const answer = composeAnswer(request, directive ?? {}, rest, call.model, call.number);
    const answering = { request, directive: directive ?? {}, answer, modelVersion: call.model, responseId };
    if (call.method === 'streamGenerateContent') {
      const failure = refusalOfStatus(503, directive?.errorMessage);
      return streamReply(!isArray(call), generateStream(answering), failure);
    }
    requireWholeAnswer(directive ?? {});
    return jsonReply(generateDocument(answering));
  });
}

function lastUserText(contents: readonly Content[] = []): string {
  const isSaid = (content: Content) =>
    content.role !== 'model' && countParts(content, 'functionResponse') === 0;
  return textOf(contents.findLast(isSaid));
}

function answerCount(call: Call): DialectAnswer {
  const { generateContentRequest, contents } = parseMessage(countSchema, bodyOf(call));
  if (generateContentRequest !== undefined && contents !== undefined) {
    throw invalidArgument('Only one of contents and generate_content_request can be set.');
  }
  const request = generateContentRequest ?? { contents };
  if ((request.contents ?? []).length === 0) {
    throw requestFaults('CountTokensRequest', ['contents: contents is not specified']);
  }
  const { directive } = readDirective(lastUserText(request.contents));
  return withFault(call, directive, () => {
    requireWholeAnswer(directive ?? {});
    const totalTokens = promptTokens(request);
    return jsonReply({ totalTokens, promptTokensDetails: details('TEXT', totalTokens) });
  });
}

function answerEmbed(call: Call): DialectAnswer {
  const request = parseMessage(embedSchema, bodyOf(call));
  checkEmbed(request);
  const { directive } = readDirective(textOf(request.content));
  return withFault(call, directive, () => jsonReply({ embedding: embeddingOf(request) }));
}

function answerBatchEmbed(call: Call): DialectAnswer {
  const { requests = [] } = parseMessage(batchEmbedSchema, bodyOf(call));
  const name = 'BatchEmbedContentsRequest';
  if (requests.length === 0) throw requestFaults(name, ['requests: requests is not specified']);
  for (const [index, request] of requests.entries()) {
    checkEmbed(request, name, `requests[${index}].`);
    if (request.model === `models/${call.model}`) continue;
    throw requestFaults(name, [`requests[${index}].model: model must be the one in the path.`]);
  }
  const { directive } = readDirective(textOf(requests.at(-1)?.content));
  return withFault(call, directive, () => jsonReply({ embeddings: requests.map(embeddingOf) }));
}

/** The error the directive asks for, otherwise the answer. */
function withFault(
  call: Call,
  directive: Directive | undefined,
  compose: () => DialectAnswer['reply'],
): DialectAnswer {
  const { status, retryAfter, htmlError, errorMessage } = directive ?? {};
  const headers = retryAfter === undefined ? [] : ['retry-after', String(retryAfter)];
  if (htmlError) return { reply: htmlReply(status ?? HTML_STATUS, headers), directive };
  if (status === undefined) return { reply: compose(), directive };
  const refusal = refusalOfStatus(status, errorMessage, retryAfter);
  return { reply: errorReply(refusal, isArray(call), headers), directive };
}

/** A stream is one array unless its events are asked for, and so are errors in the place of one. */
function isArray({ method, request }: Call): boolean {
  return method === 'streamGenerateContent' && request.query.get('alt') !== 'sse';
}

function asRefusal(error: unknown): GeminiRefusal {
  if (error instanceof GeminiRefusal) return error;
  if (error instanceof DirectiveError) return invalidArgument(error.message);
  // A fault of the emulator itself must not look like one a test asked for.
  const detail = error instanceof Error ? error.stack : String(error);
  return new GeminiRefusal(500, 'EMULATOR_ERROR', `The emulator failed: ${detail}`);
}
