import type { Dialect, DialectAnswer, DialectRequest } from '../dialect.ts';
import { type Directive, DirectiveError, readDirective, requireWholeAnswer } from '../directive.ts';
import { composeAnswer } from './chat-answer.ts';
import { type AnswerHead, chatCompletion } from './chat-completion.ts';
import { type ChatRequest, messageText } from './chat-request.ts';
import { chatStream } from './chat-stream.ts';
import { checkAccess, checkModel, readJsonBody } from './check-access.ts';
import { checkChatRequest } from './check-chat-request.ts';
import type { JsonObject } from './check-value.ts';
import { checkEmbeddingsRequest, embeddings } from './embeddings.ts';
import { badRequest, Refusal } from './refusal.ts';
import { errorReply, htmlReply, jsonReply, streamReply } from './reply.ts';
import { statusError, streamError } from './status-error.ts';

/** Models listed when the emulator takes any name. */
const SAMPLE_MODELS = ['gpt-4o', 'gpt-4o-mini', 'gpt-5-mini', 'text-embedding-3-small'];

/** Status of an HTML error whose directive names none: what a firewall answers. */
const FIREWALL_STATUS = 403;

interface OpenaiOptions {
  apiKeys?: readonly string[];
  models?: readonly string[];
}

interface Call {
  request: DialectRequest;
  options: OpenaiOptions;
  /** Number of the request, from 1. */
  number: number;
  requestId: string;
}

type Handler = (call: Call) => DialectAnswer;

const ROUTES: ReadonlyMap<string, { method: string; handle: Handler }> = new Map([
  ['/v1/chat/completions', { method: 'POST', handle: answerChat }],
  ['/v1/embeddings', { method: 'POST', handle: answerEmbeddings }],
  ['/v1/models', { method: 'GET', handle: answerModels }],
]);

/** OpenAI's API as its reference describes it: chat completions, embeddings, the list of models. */
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

function findHandler({ method, path }: DialectRequest): Handler {
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

function answerChat(call: Call): DialectAnswer {
  const request = checkChatRequest(readCall(call));
  const { directive, rest } = readDirective(lastUserText(request));
  return withFault(call, request.model, directive, () => composeChat(call, request, directive ?? {}, rest));
}

function readCall({ request, options }: Call): JsonObject & { model: string } {
  checkAccess(request.headers, options.apiKeys);
  const body = readJsonBody(request);
  checkModel(body, options.models);
  return body;
}

function lastUserText({ messages }: ChatRequest): string {
  const message = messages.findLast((each) => each.role === 'user');
  return message === undefined ? '' : messageText(message);
}

function composeChat(
  call: Call,
  request: ChatRequest,
  directive: Directive,
  said: string,
): DialectAnswer['reply'] {
  const answer = composeAnswer(request, directive, said);
  const head = headOf(call.number, request);
  const withUsage = directive.usage !== false;
  if (!request.stream) {
    requireWholeAnswer(directive);
    return jsonReply(call.requestId, chatCompletion(head, request, answer, withUsage));
  }
  const events = chatStream(head, request, answer, withUsage);
  return streamReply(call.requestId, events, streamError(directive.errorMessage));
}

function headOf(number: number, request: ChatRequest): AnswerHead {
  const tier = request.service_tier ?? 'auto';
  return {
    id: `chatcmpl-${number.toString(36).padStart(29, '0')}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    service_tier: tier === 'auto' ? 'default' : tier === 'fast' ? 'priority' : tier,
    system_fingerprint: 'fp_emulator',
  };
}

function answerEmbeddings(call: Call): DialectAnswer {
  const request = checkEmbeddingsRequest(readCall(call));
  const text = request.inputs.findLast((input) => typeof input === 'string');
  const { directive } = readDirective(String(text ?? ''));
  if (directive !== undefined) requireWholeAnswer(directive);
  return withFault(call, request.model, directive, () => jsonReply(call.requestId, embeddings(request)));
}

function answerModels(call: Call): DialectAnswer {
  checkAccess(call.request.headers, call.options.apiKeys);
  const data = (call.options.models ?? SAMPLE_MODELS).map((id) => ({
    id,
    object: 'model',
    created: 1_735_689_600,
    owned_by: 'system',
  }));
  return { reply: jsonReply(call.requestId, { object: 'list', data }), directive: undefined };
}

/** The error the directive asks for, otherwise the answer. */
function withFault(
  call: Call,
  model: string,
  directive: Directive | undefined,
  compose: () => DialectAnswer['reply'],
): DialectAnswer {
  if (directive === undefined) return { reply: compose(), directive };
  const { status, retryAfter, htmlError, errorMessage } = directive;
  const headers = retryAfter === undefined ? [] : ['retry-after', String(retryAfter)];
  if (htmlError) return { reply: htmlReply(status ?? FIREWALL_STATUS, headers), directive };
  if (status === undefined) return { reply: compose(), directive };
  const error = statusError(status, model, errorMessage);
  return { reply: errorReply(call.requestId, status, error, headers), directive };
}
