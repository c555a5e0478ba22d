import type { Dialect, DialectAnswer, DialectRequest, StreamReply, WholeReply } from '../dialect.ts';
import { type Directive, DirectiveError, readDirective, requireWholeAnswer } from '../directive.ts';
import { AnthropicRefusal, invalidRequest, typeOfStatus } from './anthropic-refusal.ts';
import { checkThinking } from './check-thinking.ts';
import { messageDocument } from './message-document.ts';
import { messageStream } from './message-stream.ts';
import { composeMessage, idOf, inputTokens } from './messages-answer.ts';
import { parseCountRequest, parseMessagesRequest, type RequestMessage, textOf } from './messages-request.ts';

interface AnthropicOptions {
  apiKeys?: readonly string[];
  models?: readonly string[];
}

interface Call {
  request: DialectRequest;
  /** Number of the request, from 1. */
  number: number;
  options: AnthropicOptions;
}

const PATHS = new Set(['/v1/messages', '/v1/messages/count_tokens']);

/** Whether a path belongs to Anthropic's API. */
export function isAnthropicPath(path: string): boolean {
  return PATHS.has(path);
}

/** Anthropic's API as its reference describes it: messages, whole and streamed, and the count of their tokens. */
export function createAnthropicDialect(options: AnthropicOptions): Dialect {
  let number = 0;
  return {
    answer(request) {
      number++;
      const call = { request, number, options };
      try {
        checkAccess(call);
        return request.path.endsWith('/count_tokens') ? answerCount(call) : answerMessage(call);
      } catch (error) {
        return { reply: refusalReply(call, asRefusal(error)), directive: undefined };
      }
    },
  };
}

function checkAccess({ request: { headers }, options }: Call): void {
  const bearer = /^bearer +(\S.*)$/i.exec(headers.authorization ?? '')?.[1];
  const key = headers['x-api-key'] ?? bearer;
  const refused = (message: string) => new AnthropicRefusal(401, 'authentication_error', message);
  if (typeof key !== 'string' || key === '') throw refused('x-api-key header is required');
  if (options.apiKeys !== undefined && !options.apiKeys.includes(key)) throw refused('invalid x-api-key');
  if (headers['anthropic-version'] === undefined)
    throw invalidRequest('anthropic-version: header is required');
}

function bodyOf({ request: { body } }: Call): unknown {
  if (body.kind === 'json') return body.value;
  if (body.kind === 'text') throw invalidRequest('The request body is not valid JSON.');
  throw new AnthropicRefusal(413, 'request_too_large', 'Request exceeds the maximum size');
}

function checkModel({ options }: Call, model: string): void {
  if (options.models !== undefined && !options.models.includes(model)) {
    throw new AnthropicRefusal(404, 'not_found_error', `model: ${model}`);
  }
}

function answerCount(call: Call): DialectAnswer {
  const request = parseCountRequest(bodyOf(call));
  checkModel(call, request.model);
  const { directive } = readDirective(lastUserText(request.messages));
  return withFault(call, directive, () => jsonReply(call, { input_tokens: inputTokens(request) }));
}

function answerMessage(call: Call): DialectAnswer {
  const request = parseMessagesRequest(bodyOf(call));
  checkThinking(request);
  checkModel(call, request.model);
  const { directive, rest } = readDirective(lastUserText(request.messages));
  return withFault(call, directive, () => {
    const head = { id: `msg_${idOf(call.number)}`, model: request.model };
    const answer = composeMessage(request, directive ?? {}, rest, call.number);
    const withUsage = directive?.usage !== false;
    if (request.stream === true) return streamReply(call, messageStream(head, answer, withUsage), directive);
    requireWholeAnswer(directive ?? {});
    return jsonReply(call, messageDocument(head, answer, withUsage));
  });
}

function lastUserText(messages: readonly RequestMessage[]): string {
  const told = messages.findLast((message) => message.role === 'user' && !isResultOnly(message));
  return told === undefined ? '' : textOf(told);
}

function isResultOnly({ content }: RequestMessage): boolean {
  return typeof content !== 'string' && content.every((block) => block.type === 'tool_result');
}

/** The error the directive asks for, otherwise the answer. */
function withFault(
  call: Call,
  directive: Directive | undefined,
  compose: () => DialectAnswer['reply'],
): DialectAnswer {
  const { status, retryAfter, htmlError, errorMessage } = directive ?? {};
  const headers = retryAfter === undefined ? [] : ['retry-after', String(retryAfter)];
  if (htmlError) return { reply: htmlReply(status ?? 403, headers), directive };
  if (status === undefined) return { reply: compose(), directive };
  const type = typeOfStatus(status);
  const refusal = new AnthropicRefusal(status, type, errorMessage ?? MESSAGES[type] ?? 'Error');
  return { reply: refusalReply(call, refusal, headers), directive };
}

const MESSAGES: Readonly<Record<string, string>> = {
  authentication_error: 'invalid x-api-key',
  permission_error: 'Your API key does not have permission to use the specified resource.',
  not_found_error: 'The requested resource could not be found.',
  rate_limit_error: 'This request would exceed your account’s rate limit. Please try again later.',
  overloaded_error: 'Overloaded',
  api_error: 'Internal server error',
};

function headersOf(call: Call): string[] {
  return [
    'request-id',
    requestId(call),
    'anthropic-organization-id',
    '00000000-0000-4000-8000-000000000000',
    'anthropic-ratelimit-requests-limit',
    '4000',
    'anthropic-ratelimit-requests-remaining',
    '3999',
  ];
}

function requestId({ number }: Call): string {
  return `req_${idOf(number)}`;
}

function jsonReply(call: Call, value: object): WholeReply {
  const headers = ['content-type', 'application/json', ...headersOf(call)];
  return { kind: 'whole', status: 200, headers, body: JSON.stringify(value) };
}

function streamReply(
  call: Call,
  events: Pick<StreamReply, 'content' | 'closing'>,
  directive: Directive | undefined,
): StreamReply {
  const error = { type: 'overloaded_error', message: directive?.errorMessage ?? 'Overloaded' };
  return {
    kind: 'stream',
    framing: 'sse',
    status: 200,
    headers: ['content-type', 'text/event-stream; charset=utf-8', ...headersOf(call)],
    ...events,
    done: undefined,
    failure: {
      event: 'error',
      data: JSON.stringify({ type: 'error', error, request_id: requestId(call) }),
    },
  };
}

function refusalReply(call: Call, refusal: AnthropicRefusal, extra: readonly string[] = []): WholeReply {
  const { status, type, message } = refusal;
  return {
    kind: 'whole',
    status,
    headers: ['content-type', 'application/json', ...headersOf(call), ...extra],
    body: JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId(call) }),
  };
}

/** The page that a firewall in front of the API sends. */
function htmlReply(status: number, extra: readonly string[]): WholeReply {
  const headers = ['content-type', 'text/html; charset=UTF-8', 'server', 'cloudflare', ...extra];
  return {
    kind: 'whole',
    status,
    headers,
    body: `<!DOCTYPE html>\n<html><h1>${status} | Blocked</h1></html>\n`,
  };
}

function asRefusal(error: unknown): AnthropicRefusal {
  if (error instanceof AnthropicRefusal) return error;
  if (error instanceof DirectiveError) return invalidRequest(error.message);
  // A fault of the emulator itself must not look like one a test asked for.
  const detail = error instanceof Error ? error.stack : String(error);
  return new AnthropicRefusal(500, 'emulator_error', `The emulator failed: ${detail}`);
}
