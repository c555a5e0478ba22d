import express, { type Request, type RequestHandler, type Response } from 'express';
import type { VirtualKey } from '../../core/catalog.ts';
import { GatewayError, toGatewayError } from '../../core/gateway-error.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Limiter } from '../../services/limits/limiter.ts';
import { toBodyError } from '../body-error.ts';
import { type AuthenticateDependencies, authenticate } from './authenticate.ts';
import { type CarryDependencies, carryRequest } from './carry-request.ts';
import { checkRequest, type EndpointRoute } from './endpoints.ts';
import { Exchange, type ExchangeDependencies } from './exchange.ts';
import { sendReply } from './http-client.ts';
import { parseRequestBody } from './parse-request-body.ts';
import { isForm, readForm } from './read-form.ts';

export interface ProxyDependencies extends CarryDependencies, ExchangeDependencies, AuthenticateDependencies {
  readonly limiter: Limiter;
  readonly bodyLimitBytes: number;
  /** Whether the process is on its way out. */
  readonly isDraining: () => boolean;
}

/** Counts and logs a request that no endpoint's handler takes, then passes it on. */
export function createUnroutedHandler(
  endpoint: EndpointRoute['endpoint'] | 'other',
  deps: ProxyDependencies,
): RequestHandler {
  return (request, response, next) => {
    const exchange = new Exchange(response, endpoint, deps);
    const error =
      endpoint === 'other'
        ? new GatewayError('not_found', `There is no ${request.method} ${request.path}.`)
        : new GatewayError('method_not_allowed', `${request.path} takes POST only.`);
    if (endpoint !== 'other') response.setHeader('allow', 'POST');
    exchange.failedWith(error);
    next(error);
  };
}

/** The handler of one endpoint: from the client's request to the last byte of its answer. */
export function createProxyHandler(route: EndpointRoute, deps: ProxyDependencies): RequestHandler {
  const readBody = createBodyReader(deps.bodyLimitBytes);
  return async (request, response) => {
    const exchange = new Exchange(response, route.endpoint, deps);
    try {
      await serve(route, deps, readBody, exchange, request, response);
    } catch (error) {
      // The error handler answers; the exchange has to know before, since it counts when the answer is out.
      const failure = toGatewayError(error);
      exchange.failedWith(failure);
      exchange.answered();
      throw failure;
    }
  };
}

async function serve(
  route: EndpointRoute,
  deps: ProxyDependencies,
  readBody: BodyReader,
  exchange: Exchange,
  request: Request,
  response: Response,
): Promise<void> {
  if (deps.isDraining()) throw draining(response);
  const key = authenticate(request, deps);
  exchange.identified(key.id);
  const bytes = await readBody(request, response);
  const contentType = request.headers['content-type'];
  const form =
    route.takesForm === true && isForm(contentType) ? await readForm(bytes, contentType) : undefined;
  const body = form?.fields ?? parseRequestBody(bytes);
  exchange.asked(body, key);
  const { model } = checkRequest(route, body);
  await admit(key, body, bytes.length, deps, exchange, response);
  const { requestId, signal } = exchange;
  const clientRequest = { requestId, route, key, body, form, headers: request.headers };
  const reply = await carryRequest(clientRequest, model, exchange, deps, signal);
  exchange.answered();
  exchange.endsWith(reply.outcome);
  await sendReply(response, reply, signal, exchange.sending);
}

/** @throws GatewayError `rate_limit_exceeded` or `insufficient_quota` */
async function admit(
  key: VirtualKey,
  body: JsonObject,
  size: number,
  { limiter }: ProxyDependencies,
  exchange: Exchange,
  response: Response,
): Promise<void> {
  const estimate = key.limits.tpm === undefined ? 0 : estimateTokens(body, size);
  const admission = await limiter.admit(key.id, key.limits, estimate);
  for (const [name, value] of Object.entries(admission.headers)) response.setHeader(name, value);
  if (!admission.ok) throw admission.error;
  exchange.admitted(admission);
}

/** A token is about four bytes of a request; the answer may take as much as it is allowed. */
function estimateTokens({ max_completion_tokens, max_tokens }: JsonObject, size: number): number {
  const answer = max_completion_tokens ?? max_tokens;
  return size / 4 + (typeof answer === 'number' && answer > 0 ? answer : 0);
}

function draining(response: Response): GatewayError {
  response.setHeader('connection', 'close');
  return new GatewayError('draining', 'The gateway is shutting down.', { retryAfterSeconds: 1 });
}

type BodyReader = (request: Request, response: Response) => Promise<Buffer>;

/** Reads a body, decompressed where need be, up to the limit. It is JSON whatever its content type says, but for
 * a form where one is taken. */
function createBodyReader(limit: number): BodyReader {
  const read = express.raw({ limit, type: () => true });
  return (request, response) =>
    new Promise((resolve, reject) => {
      read(request, response, (error: unknown) => {
        if (error !== undefined) return reject(toBodyError(error) ?? error);
        resolve(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
      });
    });
}
