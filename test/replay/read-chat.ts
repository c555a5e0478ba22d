import { z } from 'zod';
import { OpenChoice, type ReadAnswer, type ReadCounts } from './read-answer.ts';

const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

const usageSchema = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z.looseObject({ cached_tokens: count }).nullish(),
  completion_tokens_details: z.looseObject({ reasoning_tokens: count }).nullish(),
  prompt_cache_hit_tokens: count,
});

const contentPart = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  thinking: z.array(z.looseObject({ text: z.string() })).optional(),
});

const callSchema = z.looseObject({
  index: z.number().optional(),
  id: z.string().optional(),
  type: z.string().optional(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string() }),
});

const messageSchema = z.looseObject({
  role: z.string().nullish(),
  content: z.union([z.string(), z.array(contentPart)]).nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(callSchema).nullish(),
  function_call: z.looseObject({ name: z.string(), arguments: z.string() }).nullish(),
});

const choiceSchema = z.looseObject({
  index: z.number(),
  finish_reason: z.string().nullish(),
  text: z.string().optional(),
  delta: messageSchema.nullish(),
  message: messageSchema.optional(),
});

/** A chat completion, a text completion, or a chunk of either, as far as the replay looks at it. */
export const chatSchema = z.looseObject({
  id: z.string().optional(),
  object: z.string().optional(),
  model: z.string().optional(),
  choices: z.array(choiceSchema),
  usage: usageSchema.nullish(),
});

export type ChatPart = z.output<typeof chatSchema>;
type Message = z.output<typeof messageSchema>;

/** What the chunks of one stream, or a whole document as the only one, say together. */
export function readChat(parts: readonly unknown[]): ReadAnswer {
  const choices = new Map<number, OpenChoice>();
  let usage: ReadCounts | undefined;
  for (const part of parts.map((part) => chatSchema.parse(part))) {
    for (const { index, finish_reason, text = '', delta, message } of part.choices) {
      const choice = choices.get(index) ?? new OpenChoice();
      choices.set(index, choice);
      choice.text += text;
      choice.finishReason = finish_reason ?? choice.finishReason;
      // A provider that ends its stream with the whole message says it a second time.
      const said = delta ?? message;
      if (said !== undefined) addMessage(choice, said);
    }
    if (part.usage) usage = countsOf(part.usage);
  }
  const inOrder = [...choices.entries()].sort(([one], [other]) => one - other);
  return { choices: inOrder.map(([, choice]) => choice.read()), usage };
}

/** The counts of a document that has them, whatever else it holds. */
export function readCounts(document: unknown): ReadCounts | undefined {
  const { usage } = z.looseObject({ usage: usageSchema.optional() }).parse(document);
  return usage && countsOf(usage);
}

function addMessage(choice: OpenChoice, message: Message): void {
  const { content, reasoning_content, reasoning, refusal, tool_calls, function_call } = message;
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
  for (const { text, thinking } of parts.map((part) => contentPart.parse(part))) {
    choice.text += text ?? '';
    choice.reasoning += thinking?.map((thought) => thought.text).join('') ?? '';
  }
  choice.reasoning += reasoning_content ?? reasoning ?? '';
  choice.refusal += refusal ?? '';
  for (const [at, call] of (tool_calls ?? []).entries()) {
    choice.addToCall(call.index ?? at, call.function.name ?? '', call.function.arguments);
  }
  if (function_call) choice.addToCall(0, function_call.name, function_call.arguments);
}

function countsOf(usage: z.output<typeof usageSchema>): ReadCounts {
  const { prompt_tokens: prompt, completion_tokens, total_tokens } = usage;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  const cached = usage.prompt_tokens_details?.cached_tokens || usage.prompt_cache_hit_tokens;
  // xAI leaves the reasoning out of the completion, and the total gives it away.
  const isLeftOut = prompt + completion_tokens + reasoning === total_tokens;
  return { prompt, completion: completion_tokens + (isLeftOut ? reasoning : 0), cached, reasoning };
}
