import type { JsonObject, JsonValue } from '../../../core/json.ts';
import type { StreamPart } from '../../../core/stream-part.ts';
import type { AnswerEncoder } from '../../chat/answer-encoder.ts';
import type { CollectedAnswer, CollectedChoice } from '../../chat/collect-answer.ts';
import type { AnswerHead } from '../../chat/openai-encoder.ts';

const PROVIDER = 'anthropic';

/** Portkey's words for why a message ended; it calls everything else `stop`. */
const FINISH_REASONS: ReadonlyMap<string | undefined, string> = new Map([
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
]);

/**
 * Writes a message of Anthropic's as Portkey 1.15.2 does in its strict mode, found by asking it: thinking is left out,
 * counts are Anthropic's own, a stream has an empty chunk for each event that it has no word for, and its last chunk
 * has finish reason and usage together. What Portkey loses or garbles is right here.
 */
export function createPortkeyAnthropicEncoder(head: AnswerHead): AnswerEncoder {
  const id = `anthropic-${head.created * 1000}`;
  let model = '';
  let promptUsage: JsonObject = {};
  let usage: JsonObject | undefined;

  const chunk = (choice: JsonObject, more: JsonObject = {}): JsonObject => ({
    id,
    object: 'chat.completion.chunk',
    created: head.created,
    model,
    provider: PROVIDER,
    choices: [choice],
    ...more,
  });
  const deltaChunk = (delta: JsonObject) => chunk({ delta, index: 0, logprobs: null, finish_reason: null });

  function encode(part: StreamPart): readonly JsonObject[] {
    switch (part.type) {
      case 'response-start':
        model = part.model ?? '';
        return [deltaChunk({ content: '', role: 'assistant' })];
      case 'text-delta':
        return [deltaChunk({ content: part.text })];
      case 'tool-call-start': {
        const call = { id: part.id, type: 'function', function: { name: part.name, arguments: '' } };
        return [deltaChunk({ tool_calls: [{ index: part.index, ...call }] })];
      }
      case 'tool-call-delta':
        return [deltaChunk({ tool_calls: [{ index: part.index, function: { arguments: part.arguments } }] })];
      case 'text-start':
      case 'no-output':
      case 'reasoning-delta':
        return [deltaChunk({})];
      default:
        return [];
    }
  }

  function encodeEvent(parts: readonly StreamPart[]): readonly JsonObject[] {
    const given = parts.find((part) => part.type === 'usage')?.raw;
    const finish = parts.find((part) => part.type === 'finish');
    if (parts.some((part) => part.type === 'response-start')) promptUsage = toPromptUsage(given ?? {});
    else if (given !== undefined) usage = toStreamUsage(promptUsage, given);
    if (finish === undefined) return parts.flatMap(encode);
    const choice = { index: 0, delta: {}, finish_reason: toFinishReason(finish.raw) };
    return [chunk(choice, usage === undefined ? {} : { usage })];
  }

  return { encodeEvent, encodeEnd: () => [], encodeDocument: (answer) => toDocument(head, answer) };
}

function toFinishReason(raw: string | undefined): string {
  return FINISH_REASONS.get(raw) ?? 'stop';
}

/** What a message's beginning says of its prompt; the cache's counts only where there are any. */
function toPromptUsage(given: JsonObject): JsonObject {
  const read = given.cache_read_input_tokens;
  const written = given.cache_creation_input_tokens;
  const prompt = { prompt_tokens: given.input_tokens };
  if (!read && !written) return prompt;
  return { ...prompt, cache_read_input_tokens: read, cache_creation_input_tokens: written };
}

function toStreamUsage(prompt: JsonObject, given: JsonObject): JsonObject {
  const parts = [prompt.prompt_tokens, prompt.cache_creation_input_tokens, prompt.cache_read_input_tokens];
  return {
    ...prompt,
    completion_tokens: given.output_tokens,
    total_tokens: sum([...parts, given.output_tokens]),
    prompt_tokens_details: { cached_tokens: prompt.cache_read_input_tokens ?? 0 },
  };
}

function toDocument(head: AnswerHead, answer: CollectedAnswer): JsonObject {
  const [choice] = answer.choices;
  return {
    id: answer.id ?? head.id,
    object: 'chat.completion',
    created: head.created,
    model: answer.model ?? head.model,
    provider: PROVIDER,
    choices: [
      {
        message: toMessage(choice),
        index: 0,
        logprobs: null,
        finish_reason: toFinishReason(choice?.rawFinishReason),
      },
    ],
    ...(answer.rawUsage === undefined ? {} : { usage: toUsage(answer.rawUsage) }),
  };
}

function toMessage(choice: CollectedChoice | undefined): JsonObject {
  const calls = (choice?.toolCalls ?? []).map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  const message = { role: 'assistant', content: choice?.text ?? '' };
  return calls.length === 0 ? message : { ...message, tool_calls: calls };
}

function toUsage(given: JsonObject): JsonObject {
  const { input_tokens: input = 0, output_tokens: output = 0 } = given;
  const { cache_creation_input_tokens: written, cache_read_input_tokens: read } = given;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: sum([input, output, written, read]),
    prompt_tokens_details: { cached_tokens: read ?? 0 },
    ...(written || read ? { cache_read_input_tokens: read, cache_creation_input_tokens: written } : {}),
  };
}

function sum(counts: readonly (JsonValue | undefined)[]): number {
  return counts.reduce<number>((total, count) => total + (typeof count === 'number' ? count : 0), 0);
}
