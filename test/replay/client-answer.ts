import { readEvents } from '../support/event-stream.ts';
import type { ReadAnswer } from './read-answer.ts';
import { type ChatPart, chatSchema, readChat } from './read-chat.ts';

/**
 * Reads a stream of chunks as a client of OpenAI's does, and holds it to what such a client may count on: one id, one
 * model, the role first, calls numbered from 0 that begin with id and name, one finish reason a choice with nothing
 * of the choice behind it, the usage in a chunk of its own at the end, and `[DONE]` last.
 * @throws Error that says what does not hold
 */
export function readStrictStream(body: Buffer): ReadAnswer {
  const chunks = chunksOf(body).map((chunk) => chatSchema.parse(chunk));
  hold(new Set(chunks.map(({ id }) => id)).size === 1 && chunks[0]?.id !== '', 'one id');
  hold(new Set(chunks.map(({ model }) => model)).size === 1 && chunks[0]?.model !== '', 'one model');
  hold(
    chunks.every(({ object }) => object === 'chat.completion.chunk'),
    'every object a chunk',
  );
  holdUsageLast(chunks);
  for (const index of new Set(chunks.flatMap(({ choices }) => choices.map((choice) => choice.index)))) {
    holdChoice(chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index)));
  }
  return readChat(chunks);
}

/**
 * Reads a whole chat completion as a client of OpenAI's does, and holds it to what such a client may count on.
 * @throws Error that says what does not hold
 */
export function readStrictDocument(body: Buffer): ReadAnswer {
  const document = chatSchema.parse(JSON.parse(body.toString('utf8')));
  hold(document.object === 'chat.completion', 'a completion as object');
  hold(Boolean(document.id) && Boolean(document.model), 'an id and a model');
  for (const { message, finish_reason } of document.choices) {
    hold(message?.role === 'assistant', 'the role');
    hold(message?.content !== undefined, 'the content, be it null');
    hold(typeof finish_reason === 'string', 'a finish reason');
  }
  holdCallIds(document.choices.flatMap(({ message }) => message?.tool_calls ?? []));
  return readChat([document]);
}

/**
 * The parsed chunks of a stream whose end marker stands at its end and nowhere else, and in which no error is told.
 * @throws Error where that does not hold
 */
export function chunksOf(body: Buffer): unknown[] {
  const events = readEvents(body);
  hold(events.at(-1)?.data === '[DONE]', '[DONE] at the end');
  const chunks = events.slice(0, -1);
  hold(
    chunks.every(({ data }) => data !== '[DONE]'),
    'one [DONE]',
  );
  hold(
    chunks.every(({ name }) => name !== 'error'),
    'no error',
  );
  return chunks.map(({ data }) => JSON.parse(data));
}

/** Whether every choice has its finish reason. */
export function isFinished({ choices }: ReadAnswer): boolean {
  return choices.length > 0 && choices.every(({ finishReason }) => finishReason !== undefined);
}

function holdUsageLast(chunks: readonly ChatPart[]): void {
  const withUsage = chunks.filter(({ usage }) => usage);
  hold(withUsage.length <= 1, 'one usage');
  if (withUsage.length === 0) return;
  hold(
    withUsage[0] === chunks.at(-1) && withUsage[0]?.choices.length === 0,
    'the usage in a last chunk of its own',
  );
}

type Choice = ChatPart['choices'][number];

function holdChoice(choices: readonly Choice[]): void {
  hold(choices[0]?.delta?.role === 'assistant', 'the role first');
  hold(
    choices.slice(1).every(({ delta }) => !delta?.role),
    'the role once',
  );
  hold(
    choices.findIndex(({ finish_reason }) => typeof finish_reason === 'string') === choices.length - 1,
    'one finish reason, at the end',
  );
  const begun = new Set<number>();
  const started: Call[] = [];
  for (const call of choices.flatMap(({ delta }) => delta?.tool_calls ?? [])) {
    const index = call.index ?? -1;
    if (begun.has(index)) continue;
    hold(index === begun.size, 'calls numbered from 0');
    begun.add(index);
    started.push(call);
  }
  holdCallIds(started);
}

type Call = NonNullable<NonNullable<Choice['delta']>['tool_calls']>[number];

/** The result of a call is sent back under its id. */
function holdCallIds(calls: readonly Call[]): void {
  const ids = new Set(calls.map(({ id }) => id));
  hold(ids.size === calls.length && !ids.has('') && !ids.has(undefined), 'an id of its own for each call');
  hold(
    calls.every((call) => call.type === 'function' && Boolean(call.function.name)),
    'calls with type and name',
  );
}

function hold(condition: boolean, what: string): void {
  if (!condition) throw new Error(`What the client got does not have ${what}.`);
}
