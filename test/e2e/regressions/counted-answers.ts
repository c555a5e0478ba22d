import type { JsonObject } from '../../../src/core/json.ts';
import { typedEvents } from './scripted-provider.ts';

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [] };
/** A prompt of 60 tokens as Anthropic counts it: 20 went to the cache and 30 came from it. */
const cachedInput = { input_tokens: 10, cache_creation_input_tokens: 20, cache_read_input_tokens: 30 };

/** A message of Anthropic's with 9 tokens of output. */
export const wholeMessage = {
  ...message,
  content: [{ type: 'text', text: 'Hi' }],
  stop_reason: 'end_turn',
  usage: { ...cachedInput, output_tokens: 9 },
};

/**
 * The same as a stream, whose output is counted up to 9.
 * @param lastUsage what its last count says
 */
export function messageEvents(lastUsage: JsonObject = { output_tokens: 9 }): string[] {
  return typedEvents(
    { type: 'message_start', message: { ...message, usage: { ...cachedInput, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 5 } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: lastUsage },
    { type: 'message_stop' },
  );
}

/** An answer of Gemini's, or one event of its stream, with these counts; the last one has a finish reason. */
export function generated(usageMetadata: object, finishReason?: string) {
  const content = { role: 'model', parts: [{ text: 'Hi' }] };
  const candidate = { content, index: 0, ...(finishReason === undefined ? {} : { finishReason }) };
  return { candidates: [candidate], usageMetadata };
}

/** Counts of Gemini's: 10 tokens of prompt, 4 of them cached, and 12 of output, 7 of them thoughts. */
export const GEMINI_COUNTS = {
  promptTokenCount: 10,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 7,
  totalTokenCount: 22,
  cachedContentTokenCount: 4,
};

/** A stream of Gemini's whose last event has these counts, and whose first has smaller ones. */
export const geminiEvents = [
  generated({ promptTokenCount: 10, candidatesTokenCount: 1, totalTokenCount: 11 }),
  generated(GEMINI_COUNTS, 'STOP'),
].map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`);
