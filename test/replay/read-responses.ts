import { z } from 'zod';
import { parsed, type ReadAnswer } from './read-answer.ts';

const textPart = z.looseObject({ text: z.string().optional(), refusal: z.string().optional() });

const itemSchema = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  arguments: z.string().optional(),
  input: z.string().optional(),
  content: z.array(textPart).nullish(),
  summary: z.array(textPart).nullish(),
});

const responseSchema = z.looseObject({
  status: z.string(),
  incomplete_details: z.looseObject({ reason: z.string() }).nullish(),
  output: z.array(itemSchema),
  usage: z
    .looseObject({
      input_tokens: z.number(),
      output_tokens: z.number(),
      input_tokens_details: z.looseObject({ cached_tokens: z.number() }).optional(),
      output_tokens_details: z.looseObject({ reasoning_tokens: z.number() }).optional(),
    })
    .nullish(),
});

const eventSchema = z.looseObject({
  type: z.string(),
  delta: z.string().optional(),
  response: z.looseObject({}).optional(),
});

type Item = z.output<typeof itemSchema>;

/** What a whole Responses answer says. */
export function readResponse(document: unknown): ReadAnswer {
  const { status, incomplete_details, output, usage } = responseSchema.parse(document);
  const choice = {
    text: textOf(output, 'message'),
    reasoning: output.flatMap(({ summary }) => summary ?? []).reduce((all, { text = '' }) => all + text, ''),
    refusal: output
      .flatMap(({ content }) => content ?? [])
      .reduce((all, { refusal = '' }) => all + refusal, ''),
    toolCalls: output.filter(isCall).map(toCall),
    finishReason: incomplete_details?.reason ?? status,
  };
  const counts = usage && {
    prompt: usage.input_tokens,
    completion: usage.output_tokens,
    cached: usage.input_tokens_details?.cached_tokens ?? 0,
    reasoning: usage.output_tokens_details?.reasoning_tokens ?? 0,
  };
  return { choices: [choice], usage: counts ?? undefined };
}

/**
 * What a Responses stream says: what its last event holds, whose text and reasoning must be those of the deltas.
 * @throws Error where they are not
 */
export function readResponseStream(events: readonly unknown[]): ReadAnswer {
  const read = events.map((event) => eventSchema.parse(event));
  const answer = readResponse(read.at(-1)?.response);
  const joined = (type: string) =>
    read.filter((event) => event.type === type).reduce((all, { delta = '' }) => all + delta, '');
  const [choice] = answer.choices;
  if (choice?.text !== joined('response.output_text.delta'))
    throw new Error('The text is not that of the deltas.');
  if (choice.reasoning !== joined('response.reasoning_summary_text.delta')) {
    throw new Error('The reasoning is not that of the deltas.');
  }
  return answer;
}

function textOf(output: readonly Item[], type: string): string {
  const parts = output.filter((item) => item.type === type).flatMap(({ content }) => content ?? []);
  return parts.reduce((all, { text = '' }) => all + text, '');
}

function isCall({ type }: Item): boolean {
  return type === 'function_call' || type === 'custom_tool_call';
}

function toCall({ name = '', arguments: json, input = '' }: Item) {
  return { name, arguments: json === undefined ? input : parsed(json) };
}
