import { z } from 'zod';
import { OpenChoice, type ReadAnswer, type ReadCounts } from './read-answer.ts';

const usageSchema = z.looseObject({
  input_tokens: z.number().nullish(),
  output_tokens: z.number().nullish(),
  cache_creation_input_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  output_tokens_details: z.looseObject({ thinking_tokens: z.number().nullish() }).nullish(),
});

const blockSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  thinking: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
});

const messageSchema = z.looseObject({
  content: z.array(blockSchema),
  stop_reason: z.string().nullish(),
  usage: usageSchema,
});

const deltaSchema = z.looseObject({
  text: z.string().optional(),
  thinking: z.string().optional(),
  partial_json: z.string().optional(),
  stop_reason: z.string().nullish(),
});

const eventSchema = z.looseObject({
  type: z.string(),
  index: z.number().default(0),
  message: messageSchema.optional(),
  content_block: blockSchema.optional(),
  delta: deltaSchema.optional(),
  usage: usageSchema.optional(),
});

type Counts = z.output<typeof usageSchema>;
type StreamEvent = z.output<typeof eventSchema>;

/** What a whole Anthropic message says. Blocks of tools that Anthropic runs itself are no calls for the client. */
export function readMessageDocument(document: unknown): ReadAnswer {
  const { content, stop_reason, usage } = messageSchema.parse(document);
  const choice = new OpenChoice();
  choice.finishReason = stop_reason ?? undefined;
  for (const [index, { type, text = '', thinking = '', name = '', input }] of content.entries()) {
    choice.text += text;
    choice.reasoning += thinking;
    if (type === 'tool_use') choice.addToCall(index, name, JSON.stringify(input));
  }
  return { choices: [choice.read()], usage: countsOf(usage) };
}

/** What the events of an Anthropic stream say together. */
export function readMessageStream(events: readonly unknown[]): ReadAnswer {
  const choice = new OpenChoice();
  const toolBlocks = new Set<number>();
  let usage: Counts = {};
  for (const event of events.map((event) => eventSchema.parse(event))) {
    addEvent(choice, toolBlocks, event);
    usage = { ...usage, ...withoutNulls(event.message?.usage), ...withoutNulls(event.usage) };
  }
  return { choices: [choice.read()], usage: countsOf(usage) };
}

function addEvent(choice: OpenChoice, toolBlocks: Set<number>, event: StreamEvent): void {
  const { index, content_block: block, delta } = event;
  if (block?.type === 'tool_use') {
    toolBlocks.add(index);
    choice.addToCall(index, block.name ?? '', '');
  }
  choice.text += block?.text ?? '';
  choice.text += delta?.text ?? '';
  choice.reasoning += delta?.thinking ?? '';
  if (toolBlocks.has(index)) choice.addToCall(index, '', delta?.partial_json ?? '');
  choice.finishReason = delta?.stop_reason ?? choice.finishReason;
}

function withoutNulls(usage: Counts = {}): Counts {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null));
}

/** Anthropic counts what is read from the cache and what is written to it beside the input. */
function countsOf(usage: Counts): ReadCounts {
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    prompt: (usage.input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0) + cached,
    completion: usage.output_tokens ?? 0,
    cached,
    reasoning: usage.output_tokens_details?.thinking_tokens ?? 0,
  };
}
