import type { DialectAnswer } from '../dialect.ts';
import { type Directive, readDirective, requireWholeAnswer } from '../directive.ts';
import { composeAnswer } from './chat-answer.ts';
import { type AnswerHead, chatCompletion } from './chat-completion.ts';
import { type ChatRequest, messageText } from './chat-request.ts';
import { chatStream } from './chat-stream.ts';
import { checkChatRequest } from './check-chat-request.ts';
import { idOf, type OpenaiCall, readJsonCall, withFault } from './openai-call.ts';
import { jsonReply, streamReply } from './reply.ts';
import { streamError } from './status-error.ts';

/** `POST /v1/chat/completions`. @throws Refusal */
export function answerChat(call: OpenaiCall): DialectAnswer {
  const request = checkChatRequest(readJsonCall(call));
  const { directive, rest } = readDirective(lastUserText(request));
  return withFault(call, request.model, directive, () => composeChat(call, request, directive ?? {}, rest));
}

function lastUserText({ messages }: ChatRequest): string {
  const message = messages.findLast((each) => each.role === 'user');
  return message === undefined ? '' : messageText(message);
}

function composeChat(
  call: OpenaiCall,
  request: ChatRequest,
  directive: Directive,
  said: string,
): DialectAnswer['reply'] {
  const answer = composeAnswer(request, directive, said);
  const head = headOf(call, request);
  const withUsage = directive.usage !== false;
  if (!request.stream) {
    requireWholeAnswer(directive);
    return jsonReply(call.requestId, chatCompletion(head, request, answer, withUsage));
  }
  const events = chatStream(head, request, answer, withUsage);
  return streamReply(call.requestId, events, streamError(directive.errorMessage));
}

function headOf(call: OpenaiCall, request: ChatRequest): AnswerHead {
  const tier = request.service_tier ?? 'auto';
  return {
    id: idOf('chatcmpl-', call),
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    service_tier: tier === 'auto' ? 'default' : tier === 'fast' ? 'priority' : tier,
    system_fingerprint: 'fp_emulator',
  };
}
