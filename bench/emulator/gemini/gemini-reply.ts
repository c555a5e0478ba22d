import type { StreamEvent, StreamReply, WholeReply } from '../dialect.ts';
import type { GeminiRefusal } from './gemini-refusal.ts';

/** The headers that come with every answer beside its content type. */
const COMMON_HEADERS = [
  'vary',
  'Origin',
  'vary',
  'X-Origin',
  'vary',
  'Referer',
  'server',
  'scaffolding on HTTPServer2',
  'x-xss-protection',
  '0',
  'x-frame-options',
  'SAMEORIGIN',
  'x-content-type-options',
  'nosniff',
  'server-timing',
  'gfet4t7; dur=1',
];
const JSON_HEADERS = ['content-type', 'application/json; charset=UTF-8', ...COMMON_HEADERS];
const SSE_HEADERS = [
  'content-type',
  'text/event-stream',
  'content-disposition',
  'attachment',
  ...COMMON_HEADERS,
];

/** A success. */
export function jsonReply(value: object): WholeReply {
  return { kind: 'whole', status: 200, headers: JSON_HEADERS, body: pretty(value) };
}

/**
 * A success that is streamed: server-sent events, or one array.
 *
 * @param failure the error that a directive can put into the stream
 */
export function streamReply(
  asEvents: boolean,
  events: { content: StreamEvent[]; closing: StreamEvent[] },
  failure: GeminiRefusal,
): StreamReply {
  return {
    kind: 'stream',
    framing: asEvents ? 'sse-crlf' : 'json-array',
    status: 200,
    headers: asEvents ? SSE_HEADERS : JSON_HEADERS,
    ...events,
    done: undefined,
    failure: { data: JSON.stringify(errorBody(failure)) },
  };
}

/**
 * An error in the provider's envelope.
 *
 * @param asArray put into a list of one, as where an array would be streamed
 * @param extraHeaders a flat list of names and values
 */
export function errorReply(
  refusal: GeminiRefusal,
  asArray: boolean,
  extraHeaders: readonly string[] = [],
): WholeReply {
  const body = errorBody(refusal);
  return {
    kind: 'whole',
    status: refusal.code,
    headers: [...JSON_HEADERS, ...extraHeaders],
    body: asArray ? `[${pretty(body)}]` : pretty(body),
  };
}

function errorBody({ code, message, status, details }: GeminiRefusal): object {
  return { error: { code, message, status, ...(details.length > 0 ? { details } : {}) } };
}

function pretty(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
