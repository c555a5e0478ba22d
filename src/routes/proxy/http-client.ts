import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Reply } from '../../core/request-path.ts';

/** How long a client may take no byte of an answer before its connection is given up. */
const STALLED_CLIENT_MS = 120_000;

/**
 * Writes a reply to the client: the head with the first bytes, then as fast as the client reads.
 * Headers that the gateway has set on the response win over the reply's.
 * @param signal aborted when the client has gone
 */
export async function sendReply(response: ServerResponse, reply: Reply, signal: AbortSignal): Promise<void> {
  try {
    setHead(response, reply);
  } catch (error) {
    // Nobody is going to read the body: it must not keep its connection, nor its outcome waiting.
    await reply.body[Symbol.asyncIterator]().return?.();
    throw error;
  }
  for await (const bytes of reply.body) {
    if (signal.aborted) return;
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
