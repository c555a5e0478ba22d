import type { StreamEvent, StreamReply, WholeReply } from '../dialect.ts';
import type { ErrorObject } from './refusal.ts';

const REQUEST_LIMIT = 500;
const TOKEN_LIMIT = 200_000;

/** The headers that come with every answer beside its content type; the emulator never runs out of limits. */
const COMMON_HEADERS = [
  'openai-organization',
  'org-emulator',
  'openai-processing-ms',
  '1',
  'openai-version',
  '2020-10-01',
  'x-ratelimit-limit-requests',
  String(REQUEST_LIMIT),
  'x-ratelimit-limit-tokens',
  String(TOKEN_LIMIT),
  'x-ratelimit-remaining-requests',
  String(REQUEST_LIMIT - 1),
  'x-ratelimit-remaining-tokens',
  String(TOKEN_LIMIT - 10),
  'x-ratelimit-reset-requests',
  '120ms',
  'x-ratelimit-reset-tokens',
  '3ms',
];

const JSON_HEADERS = ['content-type', 'application/json', ...COMMON_HEADERS];
const STREAM_HEADERS = ['content-type', 'text/event-stream; charset=utf-8', ...COMMON_HEADERS];

/** A success. */
export function jsonReply(requestId: string, value: object): WholeReply {
  const headers = [...JSON_HEADERS, 'x-request-id', requestId];
  return { kind: 'whole', status: 200, headers, body: JSON.stringify(value) };
}

/**
 * An error in the provider's envelope.
 *
 * @param extraHeaders a flat list of names and values
 */
export function errorReply(
  requestId: string,
  status: number,
  error: ErrorObject,
  extraHeaders: readonly string[] = [],
): WholeReply {
  const headers = [...JSON_HEADERS, 'x-request-id', requestId, ...extraHeaders];
  return { kind: 'whole', status, headers, body: JSON.stringify({ error }, undefined, 2) };
}

/**
 * A success that is streamed.
 *
 * @param failure the error that a directive can put into the stream
 */
export function streamReply(
  requestId: string,
  events: { content: StreamEvent[]; closing: StreamEvent[] },
  failure: ErrorObject,
): StreamReply {
  return {
    kind: 'stream',
    framing: 'sse',
    status: 200,
    headers: [...STREAM_HEADERS, 'x-request-id', requestId],
    ...events,
    done: { data: '[DONE]' },
    failure: { data: JSON.stringify({ error: failure }) },
  };
}

/** A success that is no JSON: speech, or a transcript as text. */
export function contentReply(requestId: string, contentType: string, body: string | Buffer): WholeReply {
  const headers = ['content-type', contentType, ...COMMON_HEADERS, 'x-request-id', requestId];
  return { kind: 'whole', status: 200, headers, body };
}

/**
 * A success that is streamed as events that are named by their `type`, the last of which ends it.
 *
 * @param failure the error that a directive can put into the stream
 */
export function typedStreamReply(
  requestId: string,
  events: { content: StreamEvent[]; closing: StreamEvent[] },
  failure: ErrorObject,
): StreamReply {
  const { code, message, param } = failure;
  return {
    ...streamReply(requestId, events, failure),
    done: undefined,
    failure: typedEvent({ type: 'error', code: code ?? failure.type, message, param }),
  };
}

/** An event whose name is its `type`. */
export function typedEvent(data: { type: string; [field: string]: unknown }): StreamEvent {
  return { event: data.type, data: JSON.stringify(data) };
}

/** The page a firewall in front of the API sends: not JSON, none of the API's headers. */
export function htmlReply(status: number, extraHeaders: readonly string[]): WholeReply {
  const title = `${status} | Access to this page was blocked`;
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return {
    kind: 'whole',
    status,
    headers: ['content-type', 'text/html; charset=UTF-8', 'server', 'cloudflare', ...extraHeaders],
    body,
  };
}
