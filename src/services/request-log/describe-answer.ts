import { setImmediate } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { fitText } from '../../core/fit-text.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../core/json.ts';
import { assembleEvents } from './assemble-events.ts';
import { describeBody, MAX_BODY_BYTES } from './describe-body.ts';

/** So much of a stream is read before others have their turn, in bytes. */
const SLICE_BYTES = 64 * 1024;

/** The beginning of an answer. */
export interface RecordedAnswer {
  readonly contentType: string;
  readonly bytes: Buffer;
  /** Of the whole answer. */
  readonly length: number;
}

/**
 * An answer as the log keeps it: a document as it is but for its length, a stream put together into what it says, and
 * of what is no text its kind and length.
 * @returns at most `MAX_BODY_BYTES` of UTF-8
 */
export async function describeAnswer({ contentType, bytes, length }: RecordedAnswer): Promise<string> {
  if (contentType.startsWith('text/event-stream')) return describeStream(bytes);
  if (/^(application\/([\w.-]+\+)?json|text\/)/.test(contentType))
    return describeText(bytes.toString('utf8'));
  return `[${fitText(contentType, 100)}, ${length} bytes]`;
}

function describeText(text: string): string {
  const document = parseJson(text);
  return isJsonObject(document) ? describeBody(document) : fitText(text, MAX_BODY_BYTES);
}

async function describeStream(bytes: Buffer): Promise<string> {
  const events: JsonObject[] = [];
  const parser = createParser({
    onEvent({ data }) {
      const event = parseJson(data);
      if (isJsonObject(event)) events.push(event);
    },
  });
  const decoder = new TextDecoder();
  for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
    parser.feed(decoder.decode(bytes.subarray(from, from + SLICE_BYTES), { stream: true }));
    await setImmediate();
  }
  const said = assembleEvents(events);
  return said === undefined ? fitText(bytes.toString('utf8'), MAX_BODY_BYTES) : describeBody(said);
}
