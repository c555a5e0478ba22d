import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { tooLate } from '../../core/limit-waits.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import type { AttemptObserver, Reply, RequestPath } from '../../core/request-path.ts';

/** How long a client may take no byte of an answer before its connection is given up. */
const STALLED_CLIENT_MS = 120_000;

/**
 * Carries a call whose answer comes whole, within the time that its model may take for it.
 * @param signal aborted when the client has gone
 * @param attempts is told each time the upstream is asked
 * @throws GatewayError by the path, and `upstream_timeout`
 */
export function makeHttpRequest(
  path: RequestPath,
  call: ProviderCall,
  signal: AbortSignal,
  attempts?: AttemptObserver,
): Promise<Reply> {
  return withinLimit(call.limits.timeoutMs, signal, (limited) => path.handle(call, limited, attempts));
}

/**
 * Carries a call whose answer is a stream, to its first bytes within the time that its model may take for them. What
 * comes after is not cut short by it.
 * @param signal aborted when the client has gone
 * @param attempts is told each time the upstream is asked
 * @throws GatewayError by the path, and `upstream_timeout`
 */
export function makeStreamHttpRequest(
  path: RequestPath,
  call: ProviderCall,
  signal: AbortSignal,
  attempts?: AttemptObserver,
): Promise<Reply> {
  const { timeoutMs = Number.POSITIVE_INFINITY, firstTokenTimeoutMs = Number.POSITIVE_INFINITY } =
    call.limits;
  const limitMs = Math.min(timeoutMs, firstTokenTimeoutMs);
  return withinLimit(Number.isFinite(limitMs) ? limitMs : undefined, signal, (limited) =>
    path.handle(call, limited, attempts),
  );
}

/**
 * Writes a reply to the client: the head with the first bytes, then as fast as the client reads.
 * Headers that the gateway has set on the response win over the reply's.
 * @param signal aborted when the client has gone
 * @param onBytes is given what the client is
 */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  signal: AbortSignal,
  onBytes?: (bytes: Uint8Array) => void,
): Promise<void> {
  try {
    setHead(response, reply);
  } catch (error) {
    // Nobody is going to read the body: it must not keep its connection, nor its outcome waiting.
    await reply.body[Symbol.asyncIterator]().return?.();
    throw error;
  }
  for await (const bytes of reply.body) {
    if (signal.aborted) return;
    onBytes?.(bytes);
    if (!response.write(bytes)) await drained(response, signal);
  }
  response.end();
}

function setHead(response: ServerResponse, reply: Reply): void {
  const own = new Set(response.getHeaderNames());
  for (const name in reply.headers) {
    const value = reply.headers[name];
    if (value !== undefined && !own.has(name)) response.setHeader(name, value);
  }
  response.statusCode = reply.status;
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  const stalled = setTimeout(() => response.destroy(), STALLED_CLIENT_MS);
  try {
    await once(response, 'drain', { signal });
  } catch (error) {
    // The client has gone: the abort ends the upstream, and with it the body that is read here.
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(stalled);
  }
}

/** Ends the request where its reply takes too long; the signal given on goes on to tell of the client's leaving. */
async function withinLimit(
  limitMs: number | undefined,
  signal: AbortSignal,
  request: (signal: AbortSignal) => Promise<Reply>,
): Promise<Reply> {
  if (limitMs === undefined) return request(signal);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), limitMs);
  try {
    return await request(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    throw late.signal.aborted && !signal.aborted ? tooLate() : error;
  } finally {
    clearTimeout(timer);
  }
}
