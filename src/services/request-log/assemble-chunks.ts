import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

/** A call as a client puts it together. */
interface AssembledCall {
  id?: JsonValue | undefined;
  name?: JsonValue | undefined;
  arguments: string;
}

/** One choice as a client puts it together. */
interface AssembledChoice {
  role?: JsonValue | undefined;
  content: string;
  refusal: string;
  reasoning: string;
  calls: Record<string, AssembledCall>;
  finishReason?: JsonValue | undefined;
}

/** What a client makes of a stream of chunks. */
export interface AssembledStream {
  readonly choices: Readonly<Record<string, AssembledChoice>>;
  readonly usage: JsonValue | undefined;
  /** Whether the end marker came. */
  readonly isDone: boolean;
}

/**
 * Puts a stream together as a client does, whatever it was cut into; undefined where it is none of chunks.
 * @param events the data of the events, parsed
 */
export function assembleChunks(events: readonly unknown[]): AssembledStream | undefined {
  const chunks = events.filter(isJsonObject).filter(({ choices }) => Array.isArray(choices));
  if (chunks.length === 0) return undefined;
  const choices: Record<string, AssembledChoice> = {};
  for (const choice of chunks.flatMap(choicesOf)) {
    const index = String(choice.index ?? 0);
    choices[index] ??= { content: '', refusal: '', reasoning: '', calls: {} };
    addTo(choices[index], choice);
  }
  const usage = chunks.findLast((chunk) => isJsonObject(chunk.usage))?.usage;
  return { choices, usage, isDone: events.at(-1) === '[DONE]' };
}

function choicesOf({ choices }: JsonObject): readonly JsonObject[] {
  return Array.isArray(choices) ? choices.filter(isJsonObject) : [];
}

function addTo(assembled: AssembledChoice, choice: JsonObject): void {
  const delta = isJsonObject(choice.delta) ? choice.delta : { content: choice.text };
  assembled.role ??= delta.role;
  assembled.content += text(delta.content);
  assembled.refusal += text(delta.refusal);
  assembled.reasoning += text(delta.reasoning_content);
  assembled.finishReason = choice.finish_reason ?? assembled.finishReason;
  for (const call of Array.isArray(delta.tool_calls) ? delta.tool_calls : []) addCall(assembled, call);
}

function addCall({ calls }: AssembledChoice, given: JsonValue): void {
  if (!isJsonObject(given)) return;
  const index = String(given.index);
  const call = calls[index] ?? { arguments: '' };
  calls[index] = call;
  const called = isJsonObject(given.function) ? given.function : {};
  call.id ??= given.id;
  call.name ??= called.name;
  call.arguments += text(called.arguments);
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
