import type { StreamEvent } from '../dialect.ts';
import { argumentPieces, textPieces } from './pieces.ts';
import type { ErrorObject } from './refusal.ts';
import { typedEvent } from './reply.ts';
import {
  emptyResponse,
  endedResponse,
  itemDocument,
  itemId,
  type ResponseHead,
  statusOf,
  textPart,
} from './response-document.ts';
import type { OutputItem, ResponsesAnswer } from './responses-answer.ts';

type EventData = { type: string; [field: string]: unknown };

/** The events of a streamed response: its head, each item from its beginning to its end, then the whole of it. */
export function responseStream(
  head: ResponseHead,
  answer: ResponsesAnswer,
  error: ErrorObject,
): { content: StreamEvent[]; closing: StreamEvent[] } {
  const response = emptyResponse(head);
  const content: EventData[] = [
    { type: 'response.created', response },
    { type: 'response.in_progress', response },
    ...answer.items.flatMap((item, index) => itemEvents(head, item, index)),
  ];
  const end = { type: `response.${statusOf(answer)}`, response: endedResponse(head, answer, error) };
  return { content: content.map(numbered), closing: [numbered(end, content.length)] };
}

function numbered(data: EventData, sequence_number: number): StreamEvent {
  return typedEvent({ ...data, sequence_number });
}

function itemEvents(head: ResponseHead, item: OutputItem, output_index: number): EventData[] {
  const at = { item_id: itemId(head, item, output_index), output_index };
  const whole = itemDocument(head, item, output_index);
  return [
    { type: 'response.output_item.added', output_index, item: { ...whole, ...begun(item) } },
    ...contentEvents(item, at),
    { type: 'response.output_item.done', output_index, item: whole },
  ];
}

/** What of an item is different while it has not begun to speak. */
function begun(item: OutputItem): object {
  if (item.type === 'reasoning') return { summary: [] };
  return { status: 'in_progress', ...(item.type === 'message' ? { content: [] } : { arguments: '' }) };
}

function contentEvents(item: OutputItem, at: { item_id: string; output_index: number }): EventData[] {
  switch (item.type) {
    case 'message':
      return messageEvents(item.text, { ...at, content_index: 0 });
    case 'reasoning':
      return summaryEvents(item.summary, { ...at, summary_index: 0 });
    case 'function_call':
      return [
        ...argumentPieces(item.arguments).map((delta) => ({
          type: 'response.function_call_arguments.delta',
          ...at,
          delta,
        })),
        { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments },
      ];
  }
}

function messageEvents(text: string, at: object): EventData[] {
  return [
    { type: 'response.content_part.added', ...at, part: textPart('') },
    ...textPieces(text).map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part: textPart(text) },
  ];
}

function summaryEvents(text: string, at: object): EventData[] {
  const part = (said: string) => ({ type: 'summary_text', text: said });
  return [
    { type: 'response.reasoning_summary_part.added', ...at, part: part('') },
    ...textPieces(text).map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
    { type: 'response.reasoning_summary_text.done', ...at, text },
    { type: 'response.reasoning_summary_part.done', ...at, part: part(text) },
  ];
}
