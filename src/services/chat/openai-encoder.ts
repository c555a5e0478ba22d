import type { JsonObject } from '../../core/json.ts';
import type { StreamPart } from '../../core/stream-part.ts';
import { mergeUsage, type Usage } from '../../core/usage.ts';
import type { AnswerEncoder } from './answer-encoder.ts';
import type { CollectedAnswer, CollectedChoice } from './collect-answer.ts';

/** What of an answer's head the provider may leave unsaid. */
export interface AnswerHead {
  /** The id where the provider gives none. */
  readonly id: string;
  /** The model where the provider names none. */
  readonly model: string;
  /** Seconds since the epoch. */
  readonly created: number;
}

/**
 * Plain OpenAI semantics: one id, the role first, each part in a chunk of its own, the finish reason in one without
 * content, and the usage in a last one where it was asked for.
 */
export function createOpenAIEncoder(
  head: AnswerHead,
  options: { readonly includeUsage: boolean },
): AnswerEncoder {
  let { id, model } = head;
  let usage: Usage | undefined;
  const withRole = new Set<number>();

  const chunk = (choices: readonly JsonObject[], more: JsonObject = {}): JsonObject => ({
    id,
    object: 'chat.completion.chunk',
    created: head.created,
    model,
    choices,
    ...(options.includeUsage ? { usage: null } : {}),
    ...more,
  });
  const choiceChunk = (choice: number, delta: JsonObject, more: JsonObject = {}) =>
    chunk([{ index: choice, delta, logprobs: null, finish_reason: null, ...more }]);

  function roleOnce(choice: number): readonly JsonObject[] {
    if (withRole.has(choice)) return [];
    withRole.add(choice);
    return [choiceChunk(choice, { role: 'assistant', content: '' })];
  }

  function encode(part: StreamPart): readonly JsonObject[] {
    switch (part.type) {
      case 'response-start':
        // What the client was told once holds for the whole stream.
        if (withRole.size > 0) return [];
        id = part.id ?? id;
        model = part.model ?? model;
        return [];
      case 'usage':
        usage = mergeUsage(usage, part.usage);
        return [];
      case 'text-start':
      case 'no-output':
      case 'response-end':
      case 'error':
        return [];
      case 'finish':
        return [...roleOnce(part.choice), choiceChunk(part.choice, {}, { finish_reason: part.reason })];
      case 'logprobs':
        return [
          ...roleOnce(part.choice),
          choiceChunk(part.choice, {}, { logprobs: { content: part.content, refusal: null } }),
        ];
      default:
        return [...roleOnce(part.choice), choiceChunk(part.choice, toDelta(part))];
    }
  }

  return {
    encodeEvent: (parts) => parts.flatMap(encode),
    encodeEnd: () =>
      options.includeUsage && usage !== undefined ? [chunk([], { usage: toOpenAIUsage(usage) })] : [],
    encodeDocument: (answer) => toDocument(head, answer),
  };
}

type DeltaPart = Exclude<
  StreamPart,
  {
    readonly type:
      | 'response-start'
      | 'usage'
      | 'text-start'
      | 'no-output'
      | 'response-end'
      | 'error'
      | 'finish'
      | 'logprobs';
  }
>;

function toDelta(part: DeltaPart): JsonObject {
  switch (part.type) {
    case 'text-delta':
      return { content: part.text };
    case 'reasoning-delta':
      return { reasoning_content: part.text };
    case 'thinking-block':
      return { thinking_blocks: [part.block] };
    case 'tool-call-start': {
      const { index, id, name, extra } = part;
      return { tool_calls: [{ index, ...toToolCall(id, name, '', extra) }] };
    }
    case 'tool-call-delta':
      return { tool_calls: [{ index: part.index, function: { arguments: part.arguments } }] };
    case 'image':
      return { images: [toImage(part.url)] };
    case 'annotation':
      return { annotations: [part.annotation] };
    case 'provider-fields':
      return { provider_specific_fields: part.fields };
    case 'extra-content':
      return { extra_content: part.content };
  }
}

function toDocument(head: AnswerHead, answer: CollectedAnswer): JsonObject {
  return {
    id: answer.id ?? head.id,
    object: 'chat.completion',
    created: head.created,
    model: answer.model ?? head.model,
    choices: answer.choices.map(toChoice),
    ...(answer.usage === undefined ? {} : { usage: toOpenAIUsage(answer.usage) }),
  };
}

function toChoice(choice: CollectedChoice): JsonObject {
  const { index, logprobs, finishReason } = choice;
  return {
    index,
    message: toMessage(choice),
    logprobs: logprobs.length > 0 ? { content: logprobs, refusal: null } : null,
    finish_reason: finishReason ?? 'stop',
  };
}

function toMessage(choice: CollectedChoice): JsonObject {
  const { text, reasoning, thinkingBlocks, toolCalls, images, annotations } = choice;
  return {
    role: 'assistant',
    content: text ?? (toolCalls.length > 0 ? null : ''),
    refusal: null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(thinkingBlocks.length > 0 ? { thinking_blocks: thinkingBlocks } : {}),
    ...(toolCalls.length > 0
      ? { tool_calls: toolCalls.map((call) => toToolCall(call.id, call.name, call.arguments, call.extra)) }
      : {}),
    ...(images.length > 0 ? { images: images.map(toImage) } : {}),
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(choice.providerFields === undefined ? {} : { provider_specific_fields: choice.providerFields }),
    ...(choice.extraContent === undefined ? {} : { extra_content: choice.extraContent }),
  };
}

function toToolCall(id: string, name: string, json: string, extra: JsonObject | undefined): JsonObject {
  const call = { id, type: 'function', function: { name, arguments: json } };
  return extra === undefined ? call : { ...call, extra_content: extra };
}

function toImage(url: string): JsonObject {
  return { type: 'image_url', image_url: { url } };
}

/** The counts as OpenAI writes them. */
function toOpenAIUsage({ prompt, completion, cached, reasoning }: Usage): JsonObject {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}
