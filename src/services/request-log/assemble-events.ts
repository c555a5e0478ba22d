import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { assembleChunks } from './assemble-chunks.ts';
import { assembleMessage } from './assemble-message.ts';

/**
 * What a stream says when it is put together, whatever dialect it is in; undefined where that is not known.
 * An error that came in it stands beside what came before.
 * @param events the data of the events, in order
 */
export function assembleEvents(events: readonly JsonObject[]): JsonObject | undefined {
  const said = assembleAnswer(events);
  const error = events.find((event) => event.error !== undefined || event.type === 'error');
  if (error === undefined) return said;
  return { ...said, error: error.error ?? error };
}

function assembleAnswer(events: readonly JsonObject[]): JsonObject | undefined {
  return completionOf(events) ?? assembleMessage(events) ?? responseOf(events) ?? transcriptOf(events);
}

function completionOf(events: readonly JsonObject[]): JsonObject | undefined {
  const assembled = assembleChunks(events);
  if (assembled === undefined) return undefined;
  const { id, model } = events.find(({ choices }) => Array.isArray(choices)) ?? {};
  const choices = Object.entries(assembled.choices).map(([index, choice]) => ({
    index: Number(index),
    message: messageOf(choice),
    finish_reason: choice.finishReason ?? null,
  }));
  return { id, model, choices, usage: assembled.usage };
}

type AssembledChoice = NonNullable<ReturnType<typeof assembleChunks>>['choices'][string];

function messageOf({ role, content, refusal, reasoning, calls }: AssembledChoice): JsonObject {
  const toolCalls = Object.values(calls).map(({ id, name, arguments: json }) => ({
    id,
    type: 'function',
    function: { name, arguments: json },
  }));
  return {
    role: role ?? 'assistant',
    content,
    ...(refusal === '' ? {} : { refusal }),
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
}

/** The last event of a stream of responses has all of it; where it is missing, the texts are what there is. */
function responseOf(events: readonly JsonObject[]): JsonObject | undefined {
  const last = events.findLast(({ response }) => isJsonObject(response));
  if (last === undefined || !isJsonObject(last.response)) return undefined;
  const hasEnded = Array.isArray(last.response.output) && last.response.output.length > 0;
  return hasEnded ? last.response : { ...last.response, ...transcriptOf(events) };
}

function transcriptOf(events: readonly JsonObject[]): JsonObject | undefined {
  const deltas = events.filter(({ type }) => typeof type === 'string' && type.endsWith('.delta'));
  if (deltas.length === 0) return undefined;
  const texts: Record<string, string> = {};
  for (const { type, delta } of deltas) {
    const name = String(type);
    if (typeof delta === 'string') texts[name] = `${texts[name] ?? ''}${delta}`;
  }
  return { deltas: texts };
}
