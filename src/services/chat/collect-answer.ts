import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { FinishReason, StreamPart } from '../../core/stream-part.ts';
import { mergeUsage, type Usage } from '../../core/usage.ts';

export interface CollectedToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text of the arguments object. */
  readonly arguments: string;
  readonly extra: JsonObject | undefined;
}

/** One choice of an answer, put together. */
export interface CollectedChoice {
  readonly index: number;
  /** Undefined where no text came at all. */
  readonly text: string | undefined;
  readonly reasoning: string | undefined;
  readonly thinkingBlocks: readonly JsonObject[];
  readonly toolCalls: readonly CollectedToolCall[];
  readonly images: readonly string[];
  readonly annotations: readonly JsonObject[];
  readonly logprobs: readonly JsonValue[];
  readonly providerFields: JsonObject | undefined;
  readonly extraContent: JsonObject | undefined;
  readonly finishReason: FinishReason | undefined;
  /** The provider's own word for it. */
  readonly rawFinishReason: string | undefined;
}

/** A whole answer, in no provider's words. */
export interface CollectedAnswer {
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly choices: readonly CollectedChoice[];
  readonly usage: Usage | undefined;
  readonly rawUsage: JsonObject | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenCall = Mutable<CollectedToolCall>;
type OpenChoice = Mutable<
  Omit<CollectedChoice, 'toolCalls' | 'thinkingBlocks' | 'images' | 'annotations' | 'logprobs'>
> & {
  readonly toolCalls: OpenCall[];
  readonly thinkingBlocks: JsonObject[];
  readonly images: string[];
  readonly annotations: JsonObject[];
  readonly logprobs: JsonValue[];
};

/** Puts the parts of one answer together. */
export function collectAnswer(parts: readonly StreamPart[]): CollectedAnswer {
  const answer: Mutable<CollectedAnswer> = {
    id: undefined,
    model: undefined,
    choices: [],
    usage: undefined,
    rawUsage: undefined,
    error: undefined,
  };
  const choices = new Map<number, OpenChoice>();
  for (const part of parts) {
    if (part.type === 'response-start') {
      answer.id ??= part.id;
      answer.model ??= part.model;
    } else if (part.type === 'usage') {
      answer.usage = mergeUsage(answer.usage, part.usage);
      answer.rawUsage = part.raw;
    } else if (part.type === 'error') {
      answer.error ??= { code: part.code, message: part.message };
    } else if (part.type !== 'response-end') {
      addTo(openChoice(choices, part.choice), part);
    }
  }
  answer.choices = [...choices.values()].sort((one, other) => one.index - other.index);
  return answer;
}

type ChoicePart = Extract<StreamPart, { readonly choice: number }>;

function addTo(choice: OpenChoice, part: ChoicePart): void {
  switch (part.type) {
    case 'text-start':
      choice.text ??= '';
      return;
    case 'no-output':
      return;
    case 'text-delta':
      choice.text = (choice.text ?? '') + part.text;
      return;
    case 'reasoning-delta':
      choice.reasoning = (choice.reasoning ?? '') + part.text;
      return;
    case 'thinking-block':
      choice.thinkingBlocks.push(part.block);
      return;
    case 'tool-call-start':
      choice.toolCalls[part.index] = { id: part.id, name: part.name, arguments: '', extra: part.extra };
      return;
    case 'tool-call-delta': {
      const call = choice.toolCalls[part.index];
      if (call !== undefined) call.arguments += part.arguments;
      return;
    }
    case 'image':
      choice.images.push(part.url);
      return;
    case 'annotation':
      choice.annotations.push(part.annotation);
      return;
    case 'logprobs':
      choice.logprobs.push(...part.content);
      return;
    case 'provider-fields':
      choice.providerFields = mergeFields(choice.providerFields, part.fields);
      return;
    case 'extra-content':
      choice.extraContent = mergeFields(choice.extraContent, part.content);
      return;
    case 'finish':
      choice.finishReason = part.reason;
      choice.rawFinishReason = part.raw;
  }
}

/** Lists of the same name are joined; of other values the later one holds. */
function mergeFields(earlier: JsonObject | undefined, later: JsonObject): JsonObject {
  if (earlier === undefined) return later;
  const merged = Object.entries(later).map(([name, value]) => {
    const before = earlier[name];
    return [name, Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value] as const;
  });
  return { ...earlier, ...Object.fromEntries(merged) };
}

function openChoice(choices: Map<number, OpenChoice>, index: number): OpenChoice {
  const known = choices.get(index);
  if (known !== undefined) return known;
  const choice: OpenChoice = {
    index,
    text: undefined,
    reasoning: undefined,
    thinkingBlocks: [],
    toolCalls: [],
    images: [],
    annotations: [],
    logprobs: [],
    providerFields: undefined,
    extraContent: undefined,
    finishReason: undefined,
    rawFinishReason: undefined,
  };
  choices.set(index, choice);
  return choice;
}
