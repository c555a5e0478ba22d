import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject, parseJson } from '../../../src/core/json.ts';
import { startRawProvider } from '../../support/raw-provider.ts';

/** A request as the provider got it. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Empty where it is no JSON object. */
  readonly body: JsonObject;
  /** The provider's view of the connection: the port at its other end. */
  readonly clientPort: number | undefined;
}

/** A provider that takes every request, remembers it, and answers from a script. */
export interface ScriptedProvider {
  readonly url: string;
  /** Oldest first, since the script was last changed. */
  readonly requests: readonly ReceivedRequest[];
  /** Answers each request from now on with this document. */
  answerJson(document: object, status?: number, headers?: Readonly<Record<string, string>>): void;
  /** Answers each request from now on with a stream of these texts, written one by one. */
  answerStream(pieces: readonly string[]): void;
  /**
   * Hands each request from now on to a listener, once it has been read.
   * @param listener is given the number of the request as well, from 1
   */
  answerWith(listener: (response: ServerResponse, number: number) => void): void;
  close(): void;
}

/** Starts it on a free loopback port. */
export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const provider = await startRawProvider();
  const requests: ReceivedRequest[] = [];
  const answerWith: ScriptedProvider['answerWith'] = (listener) => {
    requests.length = 0;
    provider.answerWith(recordInto(requests, listener));
  };
  return {
    url: provider.url,
    requests,
    answerWith,
    answerJson: (document, status = 200, headers = {}) =>
      answerWith((response) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify(document));
      }),
    answerStream: (pieces) => answerWith((response) => writePieces(response, pieces)),
    close: () => provider.close(),
  };
}

/** The events of a stream that are named by nothing, each with its data as JSON, and `[DONE]` behind them. */
export function chunksOf(...chunks: readonly object[]): string[] {
  return [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'];
}

/** The events of a stream that are named by their data's `type`. */
export function typedEvents(...events: readonly (JsonObject & { readonly type: string })[]): string[] {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function recordInto(
  requests: ReceivedRequest[],
  listener: (response: ServerResponse, number: number) => void,
): RequestListener {
  return async (request, response) => {
    requests.push(await received(request));
    listener(response, requests.length);
  };
}

async function received(request: IncomingMessage): Promise<ReceivedRequest> {
  const text = Buffer.concat(await Array.fromAsync(request)).toString('utf8');
  const body = parseJson(text);
  return {
    path: request.url ?? '',
    headers: request.headers,
    body: isJsonObject(body) ? body : {},
    clientPort: request.socket.remotePort,
  };
}

async function writePieces(response: ServerResponse, pieces: readonly string[]): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const piece of pieces) {
    response.write(piece);
    await new Promise(setImmediate);
  }
  response.end();
}
