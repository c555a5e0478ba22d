import type { ErrorObject } from './refusal.ts';
import type { OutputItem, ResponsesAnswer } from './responses-answer.ts';
import type { ResponsesRequest } from './responses-request.ts';

/** What is the same in every state of one response. `created_at` is epoch seconds. */
export interface ResponseHead {
  id: string;
  created_at: number;
  request: ResponsesRequest;
  /** Makes the ids of its items. */
  suffix: string;
}

/** The response object as it stands before anything was said. */
export function emptyResponse(head: ResponseHead): object {
  return writeResponse(head, { status: 'in_progress', output: [] });
}

/** The response object at its end: completed, incomplete or failed. */
export function endedResponse(head: ResponseHead, answer: ResponsesAnswer, error: ErrorObject): object {
  const { incomplete, isFailed, usage } = answer;
  const code = error.code ?? error.type;
  return writeResponse(head, {
    status: statusOf(answer),
    output: answer.items.map((item, index) => itemDocument(head, item, index)),
    ...(isFailed ? { error: { code, message: error.message } } : {}),
    ...(incomplete === undefined ? {} : { incomplete_details: { reason: incomplete } }),
    usage,
  });
}

/** Also the last part of the name of the event that ends a stream. */
export function statusOf({ isFailed, incomplete }: ResponsesAnswer): 'completed' | 'incomplete' | 'failed' {
  if (isFailed) return 'failed';
  return incomplete === undefined ? 'completed' : 'incomplete';
}

/** An item of the output as it stands when it is done. */
export function itemDocument(head: ResponseHead, item: OutputItem, index: number): object {
  const id = itemId(head, item, index);
  switch (item.type) {
    case 'reasoning':
      return {
        id,
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: item.summary }],
        ...(item.encrypted === undefined ? {} : { encrypted_content: item.encrypted }),
      };
    case 'function_call': {
      const call_id = `call_${head.suffix}${index}`;
      const { name, arguments: given } = item;
      return { id, type: 'function_call', status: 'completed', arguments: given, call_id, name };
    }
    case 'message':
      return {
        id,
        type: 'message',
        status: item.done ? 'completed' : 'incomplete',
        role: 'assistant',
        content: [textPart(item.text)],
      };
  }
}

/** The id of an item, which its events name as well. */
export function itemId({ suffix }: ResponseHead, { type }: OutputItem, index: number): string {
  const prefix = { reasoning: 'rs', function_call: 'fc', message: 'msg' }[type];
  return `${prefix}_${suffix}${index}`;
}

/** The one part of a message. */
export function textPart(text: string): object {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

function writeResponse({ id, created_at, request }: ResponseHead, state: object): object {
  const { reasoning, text, tools } = request;
  return {
    id,
    object: 'response',
    created_at,
    background: request.background ?? false,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model: request.model,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: request.service_tier ?? 'default',
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { format: text?.format ?? { type: 'text' }, verbosity: text?.verbosity ?? 'medium' },
    tool_choice: request.tool_choice ?? 'auto',
    tools: tools ?? [],
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? 'disabled',
    usage: null,
    user: request.user ?? null,
    metadata: request.metadata ?? {},
    ...state,
  };
}
