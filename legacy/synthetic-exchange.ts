import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable, Writable } from 'node:stream';

/** What http-proxy-middleware reads of a request. */
export interface SyntheticRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * A POST for http-proxy-middleware that no client connection stands behind: the path was given a call, not an
 * Express request, and no header of the client's can slip through one that was written here.
 */
export function createSyntheticRequest({ url, headers, body }: SyntheticRequest): IncomingMessage {
  const stream = Readable.from([body], { objectMode: false });
  const fields = {
    method: 'POST',
    url,
    headers,
    httpVersionMajor: 1,
    // The middleware takes a reset for the client's own while this is not writable.
    socket: { writable: true },
  };
  // The middleware only pipes the stream and reads these fields.
  return Object.assign(stream, fields) as unknown as IncomingMessage;
}

/**
 * Stands in for the response that `selfHandleResponse` leaves alone. Nothing is written to it; destroying it tells
 * the middleware that the client has gone.
 */
export function createResponseSink(): ServerResponse {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  sink.on('error', () => {
    // The same fault reaches the reply through the proxied response.
  });
  return Object.assign(sink, { headersSent: false }) as unknown as ServerResponse;
}
