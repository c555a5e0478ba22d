import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { GatewayError } from '../src/core/gateway-error.ts';
import { createResponseSink, createSyntheticRequest, type SyntheticRequest } from './synthetic-exchange.ts';

/** Limits of the waits for the legacy gateway, in milliseconds. */
export interface LegacyLimits {
  readonly connectMs: number;
  /** From the request to the answer's head. */
  readonly headersMs: number;
  /** Between two chunks of a body. */
  readonly idleMs: number;
}

/** Sends requests to the legacy gateway through http-proxy-middleware. */
export interface PortkeyProxy {
  /**
   * Resolves with the answer's head; its body must be read or destroyed.
   * @throws GatewayError where no answer came
   */
  send(target: string, request: SyntheticRequest, signal: AbortSignal): Promise<IncomingMessage>;
  /** Closes the kept connections. */
  close(): void;
}

/** How long a connection is kept that nothing is sent by, where the gateway announces no limit. */
const KEPT_MS = 60_000;

interface Exchange {
  readonly target: string;
  readonly answer: PromiseWithResolvers<IncomingMessage>;
}

/** Creates the proxy with connections of its own. The caller closes it. */
export function createPortkeyProxy(limits: LegacyLimits): PortkeyProxy {
  // The middleware's own agents stop at 256 sockets, and a stream occupies one for as long as it lasts.
  // With a limit of its own a pool also keeps to the one that the gateway announces, and gives a connection up before
  // that closes it: a request that is sent at that moment would meet its end, and be answered 502.
  const pool = { keepAlive: true, timeout: KEPT_MS };
  const agents = { http: new Agent(pool), https: new SecureAgent(pool) };
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  const settle = (request: IncomingMessage, error: Error) => exchanges.get(request)?.answer.reject(error);
  const createMiddleware = (agent: Agent) =>
    createProxyMiddleware({
      router: (request) => targetOf(exchanges.get(request)),
      changeOrigin: true,
      selfHandleResponse: true,
      agent,
      on: {
        proxyReq: (proxied, request) => watch(proxied, limits, (error) => settle(request, error)),
        proxyRes: (answer, request) => exchanges.get(request)?.answer.resolve(answer),
        error: (error, request) => settle(request, error),
        econnreset: (error, request) => settle(request, error),
      },
    });
  const middlewares = { http: createMiddleware(agents.http), https: createMiddleware(agents.https) };

  return {
    async send(target, synthetic, signal) {
      const request = createSyntheticRequest(synthetic);
      const sink = createResponseSink();
      const exchange: Exchange = { target, answer: Promise.withResolvers() };
      exchanges.set(request, exchange);
      const leave = () => {
        sink.destroy();
        exchange.answer.reject(closedByClient());
      };
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      const middleware = target.startsWith('https:') ? middlewares.https : middlewares.http;
      // It reports its failure to `on.error` and to `next`, and resolves all the same.
      void middleware(request, sink, (error) => error instanceof Error && settle(request, error));
      try {
        const answer = await exchange.answer.promise;
        limitIdleTime(answer, limits.idleMs);
        answer.once('close', () => signal.removeEventListener('abort', leave));
        return answer;
      } catch (error) {
        signal.removeEventListener('abort', leave);
        throw toLegacyFault(error, false);
      }
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

class LegacyTimeout extends Error {}

/** Bounds the waits for a connection and for the answer's head, and makes sure that every request settles. */
function watch(proxied: ClientRequest, limits: LegacyLimits, settle: (error: Error) => void): void {
  const giveUp = () => proxied.destroy(new LegacyTimeout());
  const connecting = limitConnecting(proxied, limits.connectMs, giveUp);
  const waiting = setTimeout(giveUp, limits.headersMs);
  proxied.once('response', () => clearTimeout(waiting));
  proxied.once('close', () => {
    clearTimeout(connecting);
    clearTimeout(waiting);
    // Settles nothing where the answer came; an upgrade, say, ends in neither answer nor error.
    settle(new Error('The connection closed without an answer.'));
  });
}

/** A connection from the pool is connected already; the timeout of Node's own request begins with the connection only. */
function limitConnecting(
  { socket }: ClientRequest,
  limitMs: number,
  giveUp: () => void,
): NodeJS.Timeout | undefined {
  if (socket?.connecting !== true) return undefined;
  const timer = setTimeout(giveUp, limitMs);
  socket.once('connect', () => clearTimeout(timer));
  return timer;
}

/** Destroys an answer that goes silent; whoever reads it gets the reason. */
function limitIdleTime(answer: IncomingMessage, idleMs: number): void {
  const { socket } = answer;
  const giveUp = () => answer.destroy(new LegacyTimeout());
  socket.setTimeout(idleMs);
  socket.once('timeout', giveUp);
  answer.once('close', () => {
    // The socket is back in the pool by now, with the pool's limit.
    socket.off('timeout', giveUp);
  });
}

function targetOf(exchange: Exchange | undefined): string {
  if (exchange === undefined) throw new Error('A request came to the proxy from elsewhere.');
  return exchange.target;
}

/**
 * What a failed exchange with the legacy gateway means.
 * @param answering whether its answer had begun
 */
export function toLegacyFault(error: unknown, answering: boolean): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof LegacyTimeout) {
    return new GatewayError('legacy_timeout', 'The legacy gateway did not answer in time.', { cause: error });
  }
  return answering
    ? new GatewayError('legacy_interrupted', 'The legacy gateway broke off its answer.', { cause: error })
    : new GatewayError('legacy_unavailable', 'The legacy gateway cannot be reached.', {
        cause: error,
        retryAfterSeconds: 1,
      });
}

function closedByClient(): GatewayError {
  return new GatewayError('client_closed_request', 'The client closed the request.');
}
