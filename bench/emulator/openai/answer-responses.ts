import type { DialectAnswer } from '../dialect.ts';
import { readDirective, requireWholeAnswer } from '../directive.ts';
import { idOf, type OpenaiCall, readJsonCall, withFault } from './openai-call.ts';
import { badRequest, type Refusal } from './refusal.ts';
import { jsonReply, typedStreamReply } from './reply.ts';
import { endedResponse, type ResponseHead } from './response-document.ts';
import { responseStream } from './response-stream.ts';
import { composeResponse } from './responses-answer.ts';
import { itemsOf, itemText, parseResponsesRequest, type ResponsesRequest } from './responses-request.ts';
import { streamError } from './status-error.ts';

/** `POST /v1/responses`. @throws Refusal */
export function answerResponses(call: OpenaiCall): DialectAnswer {
  const request = parseResponsesRequest(readJsonCall(call, unknownModel));
  const { directive, rest } = readDirective(lastUserText(request));
  return withFault(call, request.model, directive, () => {
    const answer = composeResponse(request, directive ?? {}, rest);
    const error = streamError(directive?.errorMessage);
    const head = headOf(call, request);
    if (request.stream) return typedStreamReply(call.requestId, responseStream(head, answer, error), error);
    requireWholeAnswer(directive ?? {});
    return jsonReply(call.requestId, endedResponse(head, answer, error));
  });
}

function unknownModel(model: string): Refusal {
  return badRequest(`The requested model '${model}' does not exist.`, 'model', 'model_not_found');
}

function lastUserText(request: ResponsesRequest): string {
  const message = itemsOf(request).findLast((item) => 'role' in item && item.role === 'user');
  return message === undefined ? '' : itemText(message);
}

function headOf(call: OpenaiCall, request: ResponsesRequest): ResponseHead {
  return {
    id: idOf('resp_', call),
    created_at: Math.floor(Date.now() / 1000),
    request,
    suffix: idOf('', call),
  };
}
