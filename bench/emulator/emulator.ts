import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerControl } from './control-routes.ts';
import type { Dialect, RequestBody } from './dialect.ts';
import { createDialects } from './dialects.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { type Pace, playReply } from './play-reply.ts';
import { readBody } from './read-body.ts';
import { createRequestLog, type RecordedRequest, type RequestLog } from './request-log.ts';

export type { RecordedRequest } from './request-log.ts';

/** Well above what providers take, so that only a runaway request meets it. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;

/** Longer than any test or benchmark pauses: a client never reuses a connection that is about to close. */
const KEEP_ALIVE_MS = 600_000;

/** Settings of an emulator. Delays are in milliseconds and apply to streams. */
export interface EmulatorOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  /** Bearer keys it takes; any non-empty one when absent. */
  apiKeys?: readonly string[];
  /** Models it knows; any name when absent. */
  models?: readonly string[];
  firstEventDelayMs?: number;
  eventDelayMs?: number;
  /** How many requests it remembers, default 1000; the oldest go first. */
  recordLimit?: number;
}

/** A listening provider emulator. */
export interface Emulator {
  /** Base URL with the version segment, as `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  /** Requests to the provider's API, oldest first; the array keeps growing as requests come in. */
  readonly requests: readonly RecordedRequest[];
  /** Forgets the recorded requests. */
  clear(): void;
  /** Ends every connection, also those in the middle of an answer, and stops listening. */
  close(): Promise<void>;
}

interface Handling {
  log: RequestLog;
  dialect: Dialect;
  pace: Pace;
  isStopping: boolean;
}

/**
 * Starts an HTTP server that answers as the providers' APIs do, refusals included, each under its own paths. A request
 * can ask for another answer or for a fault with `@emulate {json}` in its last user message.
 *
 * @throws when the address cannot be listened on
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const handling: Handling = {
    log: createRequestLog(options.recordLimit ?? 1000),
    dialect: createDialects(options),
    pace: { firstEventDelayMs: options.firstEventDelayMs ?? 0, eventDelayMs: options.eventDelayMs ?? 0 },
    isStopping: false,
  };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) =>
    handle(handling, request, response),
  );
  const url = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  let closed: Promise<void> | undefined;
  return {
    url,
    requests: handling.log.requests,
    clear: handling.log.clear,
    close() {
      handling.isStopping = true;
      closed ??= stop(server);
      return closed;
    },
  };
}

function handle(handling: Handling, request: IncomingMessage, response: ServerResponse): void {
  const { log } = handling;
  if (answerControl(request, response, log)) return;
  const record = log.open(request);
  const exchange = createExchange(response, record, () => handling.isStopping);
  readBody(
    request,
    BODY_LIMIT_BYTES,
    (body) => {
      record.body = bodyToRecord(body);
      log.add(record);
      answer(handling, exchange, request, body);
    },
    (text) => {
      record.body = text;
      log.add(record);
    },
  );
}

function bodyToRecord(body: RequestBody): unknown {
  if (body.kind === 'json') return body.value;
  if (body.kind === 'form') return { form: body.fields };
  return body.kind === 'text' ? body.text : undefined;
}

function answer(handling: Handling, exchange: Exchange, request: IncomingMessage, body: RequestBody): void {
  const { method = '', url = '', headers } = request;
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  const search = new URLSearchParams(query === -1 ? '' : url.slice(query));
  const reply = handling.dialect.answer({ method, path, query: search, headers, body });
  playReply(exchange, reply, handling.pace).catch((error: unknown) => {
    exchange.response.destroy(error instanceof Error ? error : new Error(String(error)));
  });
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string')
        reject(new Error('The emulator has no TCP address.'));
      else resolve(`http://${host.includes(':') ? `[${host}]` : host}:${address.port}/v1`);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
