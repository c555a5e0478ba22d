import express, { type Request, type RequestHandler, type Response } from 'express';
import type { VirtualKey } from '../../core/catalog.ts';
import { GatewayError, toGatewayError } from '../../core/gateway-error.ts';
import type { Logger } from '../../core/logger.ts';
import type { RequestPaths } from '../../core/request-paths.ts';
import type { Catalog } from '../../services/catalog.ts';
import type { TokenCounter } from '../../services/tokens/token-counter.ts';
import type { VirtualKeyHasher } from '../../services/virtual-key-hasher.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { toBodyError } from '../body-error.ts';
import { checkRequest, type EndpointRoute } from './endpoints.ts';
import { Exchange } from './exchange.ts';
import { makeHttpRequest, makeStreamHttpRequest, sendReply } from './http-client.ts';
import { parseRequestBody } from './parse-request-body.ts';
import { buildCall } from './provider-config-builder.ts';
import { isForm, readForm } from './read-form.ts';
import { invalidKey, isKeyShaped, readPresentedKeys } from './virtual-key-header.ts';

export interface ProxyDependencies {
  readonly paths: RequestPaths;
  readonly catalog: Catalog;
  readonly hashKey: VirtualKeyHasher;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly tokenCounter: TokenCounter;
  readonly bodyLimitBytes: number;
  /** Whether the process is on its way out. */
  readonly isDraining: () => boolean;
  /** Whether what still runs is being cut off, at the end of the drain. */
  readonly isCutOff: () => boolean;
}

/** Counts and logs a request that no endpoint's handler takes, then passes it on. */
export function createUnroutedHandler(
  endpoint: EndpointRoute['endpoint'] | 'other',
  deps: ProxyDependencies,
): RequestHandler {
  const { metrics, logger, tokenCounter, isCutOff } = deps;
  return (request, response, next) => {
    const exchange = new Exchange({ response, endpoint, metrics, logger, tokenCounter, isCutOff });
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
  const { metrics, logger, tokenCounter, isCutOff } = deps;
  const readBody = createBodyReader(deps.bodyLimitBytes);
  return async (request, response) => {
    const exchange = new Exchange({
      response,
      endpoint: route.endpoint,
      metrics,
      logger,
      tokenCounter,
      isCutOff,
    });
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
  const sentForm =
    route.takesForm === true && isForm(contentType) ? await readForm(bytes, contentType) : undefined;
  const body = sentForm?.fields ?? parseRequestBody(bytes);
  const { model } = checkRequest(route, body);
  const resolved = deps.catalog.resolveModel(key, model);
  const form = await sentForm?.encode(resolved.model.modelIdentifier);
  const { requestId } = exchange;
  const call = buildCall({ requestId, route, key, resolved, body, form, headers: request.headers });
  const { path, decision } = deps.paths.select(call);
  exchange.routed(call, decision);
  const makeRequest = call.stream ? makeStreamHttpRequest : makeHttpRequest;
  const reply = await makeRequest(path, call, exchange.signal);
  exchange.answered();
  exchange.endsWith(reply.outcome);
  await sendReply(response, reply, exchange.signal);
}

function authenticate(request: Request, { catalog, hashKey }: ProxyDependencies): VirtualKey {
  for (const presented of readPresentedKeys(request.headers)) {
    const key = isKeyShaped(presented) ? catalog.findKey(hashKey(presented)) : undefined;
    if (key === undefined) continue;
    if (!key.enabled) throw new GatewayError('api_key_disabled', 'This API key is disabled.');
    return key;
  }
  throw invalidKey();
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
