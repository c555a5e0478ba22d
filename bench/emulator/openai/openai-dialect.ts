import type { Dialect, DialectAnswer, DialectRequest } from '../dialect.ts';
import { DirectiveError, readDirective, requireWholeAnswer } from '../directive.ts';
import { answerChat } from './answer-chat.ts';
import { answerCompletions } from './answer-completions.ts';
import { answerImageEdits, answerImageGenerations, answerImageVariations } from './answer-images.ts';
import { answerModerations } from './answer-moderations.ts';
import { answerResponses } from './answer-responses.ts';
import { answerSpeech } from './answer-speech.ts';
import { answerTranscriptions, answerTranslations } from './answer-transcriptions.ts';
import { checkAccess } from './check-access.ts';
import { checkEmbeddingsRequest, embeddings } from './embeddings.ts';
import {
  type OpenaiCall,
  type OpenaiHandler,
  type OpenaiOptions,
  readJsonCall,
  withFault,
} from './openai-call.ts';
import { badRequest, Refusal } from './refusal.ts';
import { errorReply, jsonReply } from './reply.ts';

/** Models listed when the emulator takes any name. */
const SAMPLE_MODELS = ['gpt-4o', 'gpt-4o-mini', 'gpt-5-mini', 'text-embedding-3-small'];

const ROUTES: ReadonlyMap<string, { method: string; handle: OpenaiHandler }> = new Map([
  ['/v1/chat/completions', { method: 'POST', handle: answerChat }],
  ['/v1/completions', { method: 'POST', handle: answerCompletions }],
  ['/v1/embeddings', { method: 'POST', handle: answerEmbeddings }],
  ['/v1/responses', { method: 'POST', handle: answerResponses }],
  ['/v1/moderations', { method: 'POST', handle: answerModerations }],
  ['/v1/images/generations', { method: 'POST', handle: answerImageGenerations }],
  ['/v1/images/edits', { method: 'POST', handle: answerImageEdits }],
  ['/v1/images/variations', { method: 'POST', handle: answerImageVariations }],
  ['/v1/audio/speech', { method: 'POST', handle: answerSpeech }],
  ['/v1/audio/transcriptions', { method: 'POST', handle: answerTranscriptions }],
  ['/v1/audio/translations', { method: 'POST', handle: answerTranslations }],
  ['/v1/models', { method: 'GET', handle: answerModels }],
]);

/**
 * OpenAI's API as its reference describes it: chat and text completions, responses, embeddings, moderations, images,
 * audio, the list of models. Every endpoint takes every model.
 */
export function createOpenaiDialect(options: OpenaiOptions): Dialect {
  let number = 0;
  return {
    answer(request) {
      number++;
      const requestId = `req_${number.toString(16).padStart(32, '0')}`;
      try {
        return findHandler(request)({ request, options, number, requestId });
      } catch (error) {
        const { status, error: body } = asRefusal(error);
        return { reply: errorReply(requestId, status, body), directive: undefined };
      }
    },
  };
}

function findHandler({ method, path }: DialectRequest): OpenaiHandler {
  const route = ROUTES.get(path);
  const refuse = (status: number, message: string) =>
    new Refusal(status, { message, type: 'invalid_request_error', param: null, code: null });
  if (route === undefined) throw refuse(404, `Invalid URL (${method} ${path})`);
  if (route.method === method) return route.handle;
  const hint = '(HINT: Perhaps you meant to use a different HTTP method?)';
  throw refuse(405, `Not allowed to ${method} on ${path}. ${hint}`);
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof DirectiveError) return badRequest(error.message, null, 'invalid_emulate_directive');
  // A fault of the emulator itself must not look like one a test asked for.
  const message = `The emulator failed: ${error instanceof Error ? error.stack : String(error)}`;
  return new Refusal(500, { message, type: 'emulator_error', param: null, code: 'emulator_error' });
}

function answerEmbeddings(call: OpenaiCall): DialectAnswer {
  const request = checkEmbeddingsRequest(readJsonCall(call));
  const text = request.inputs.findLast((input) => typeof input === 'string');
  const { directive } = readDirective(String(text ?? ''));
  if (directive !== undefined) requireWholeAnswer(directive);
  return withFault(call, request.model, directive, () => jsonReply(call.requestId, embeddings(request)));
}

function answerModels(call: OpenaiCall): DialectAnswer {
  checkAccess(call.request.headers, call.options.apiKeys);
  const data = (call.options.models ?? SAMPLE_MODELS).map((id) => ({
    id,
    object: 'model',
    created: 1_735_689_600,
    owned_by: 'system',
  }));
  return { reply: jsonReply(call.requestId, { object: 'list', data }), directive: undefined };
}
