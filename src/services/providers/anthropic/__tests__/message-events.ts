import type { JsonObject, JsonValue } from '../../../../core/json.ts';
import type { StreamPart } from '../../../../core/stream-part.ts';
import { type CollectedChoice, collectAnswer } from '../../../chat/collect-answer.ts';
import { createAnthropicDecoder } from '../anthropic-decoder.ts';

/** The beginning of a message, with a usage where one is given. */
export const messageStart = (usage?: JsonObject) => ({
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude', role: 'assistant', content: [], ...(usage && { usage }) },
});
/** The beginning of a block. */
export const start = (index: number, content_block: JsonObject) => ({
  type: 'content_block_start',
  index,
  content_block,
});
/** A piece of a block. */
export const delta = (index: number, given: JsonObject) => ({
  type: 'content_block_delta',
  index,
  delta: given,
});
/** A piece of a tool's input. */
export const json = (index: number, partial_json: string) =>
  delta(index, { type: 'input_json_delta', partial_json });
/** The end of a block. */
export const stop = (index: number) => ({ type: 'content_block_stop', index });
/** The end of what is said, with its reason. */
export const finish = (stop_reason: JsonValue, usage: JsonObject = { output_tokens: 5 }) => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null },
  usage,
});
/** A call, as its block begins. */
export const toolUse = (id: string, more: JsonObject = {}) => ({
  type: 'tool_use',
  id,
  name: 'weather',
  input: {},
  ...more,
});

/** The parts of each event, read in order by one decoder. */
export function decodeEach(...events: JsonValue[]): (readonly StreamPart[])[] {
  const decoder = createAnthropicDecoder();
  return events.map((event) => decoder.decodeEvent(event));
}

/** The parts of all events. */
export function decode(...events: JsonValue[]): readonly StreamPart[] {
  return decodeEach(...events).flat();
}

/** The choice that all events make together. */
export function collect(...events: JsonValue[]): CollectedChoice | undefined {
  return collectAnswer(decode(...events)).choices[0];
}
