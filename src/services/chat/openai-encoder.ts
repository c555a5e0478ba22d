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

interface EncoderOptions {
  /** Whether the client asked for a stream's usage. */
  readonly includeUsage: boolean;
}

/**
 * Plain OpenAI semantics: one id, the role first, each part in a chunk of its own, the finish reason in one without
 * content, and the usage in a last one where it was asked for.
 */
export function createOpenAIEncoder(head: AnswerHead, options: EncoderOptions): AnswerEncoder {
  return new OpenAIEncoder(head, options);
}

class OpenAIEncoder implements AnswerEncoder {
  readonly #head: AnswerHead;
  readonly #includeUsage: boolean;
  #id: string;
  #model: string;
  #usage: Usage | undefined;
  /** The choices that were begun. */
  readonly #withRole = new Set<number>();

  constructor(head: AnswerHead, { includeUsage }: EncoderOptions) {
    this.#head = head;
    this.#id = head.id;
    this.#model = head.model;
    this.#includeUsage = includeUsage;
  }

  encodeEvent(parts: readonly StreamPart[]): readonly JsonObject[] {
    return parts.flatMap((part) => this.#encode(part));
  }

  encodeEnd(): readonly JsonObject[] {
    if (!this.#includeUsage || this.#usage === undefined) return [];
    return [this.#chunk([], { usage: toOpenAIUsage(this.#usage) })];
  }

  encodeDocument(answer: CollectedAnswer): JsonObject {
    return toDocument(this.#head, answer);
  }

  #encode(part: StreamPart): readonly JsonObject[] {
    switch (part.type) {
      case 'response-start':
        this.#name(part.id, part.model);
        return [];
      case 'usage':
        this.#usage = mergeUsage(this.#usage, part.usage);
        return [];
      case 'text-start':
      case 'no-output':
      case 'response-end':
      case 'error':
        return [];
      case 'finish':
        return this.#say(part.choice, {}, { finish_reason: part.reason });
      case 'logprobs':
        return this.#say(part.choice, {}, { logprobs: { content: part.content, refusal: null } });
      default:
        return this.#say(part.choice, toDelta(part));
    }
  }

  /** What the client was told once holds for the whole stream. */
  #name(id: string | undefined, model: string | undefined): void {
    if (this.#withRole.size > 0) return;
    this.#id = id ?? this.#id;
    this.#model = model ?? this.#model;
  }

  #say(choice: number, delta: JsonObject, more: JsonObject = {}): readonly JsonObject[] {
    const said = this.#choiceChunk(choice, delta, more);
    if (this.#withRole.has(choice)) return [said];
    this.#withRole.add(choice);
    return [this.#choiceChunk(choice, { role: 'assistant', content: '' }), said];
  }

  #choiceChunk(index: number, delta: JsonObject, more: JsonObject = {}): JsonObject {
    return this.#chunk([{ index, delta, logprobs: null, finish_reason: null, ...more }]);
  }

  #chunk(choices: readonly JsonObject[], more: JsonObject = {}): JsonObject {
    return {
      id: this.#id,
      object: 'chat.completion.chunk',
      created: this.#head.created,
      model: this.#model,
      choices,
      ...(this.#includeUsage ? { usage: null } : {}),
      ...more,
    };
  }
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
    finish_reason: finishReason ?? null,
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
