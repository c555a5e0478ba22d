import type { ErrorRequestHandler, RequestHandler } from 'express';
import { type ErrorBody, GatewayError, toGatewayError } from '../core/gateway-error.ts';
import type { Logger } from '../core/logger.ts';
import { toBodyError } from './body-error.ts';
import { requestIdOf } from './request-id.ts';

/** What every request ends in that no route took. */
export const notFound: RequestHandler = (request) => {
  throw new GatewayError('not_found', `There is no ${request.method} ${request.path}.`);
};

/**
 * The one error handler, mounted last. It answers in the shape that the client's dialect has for errors; a failure
 * after the first byte closes the connection, which is the only sign left.
 */
export function createErrorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const failure = toBodyError(error) ?? toGatewayError(error);
    // What a client asked of a provider is logged with its outcome; the admin API's requests have no other line.
    if (failure.code === 'internal_error' && request.path.startsWith('/api/')) {
      logger.error(
        { err: failure.cause, path: request.path, requestId: requestIdOf(response) },
        'request failed',
      );
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (failure.retryAfterSeconds !== undefined) response.setHeader('retry-after', failure.retryAfterSeconds);
    response.status(failure.status).json(inDialect(request.path, failure.toBody()));
  };
}

/** Anthropic's own endpoint has Anthropic's error shape. */
function inDialect(path: string, body: ErrorBody): object {
  if (!/^(\/v1)?\/messages(\/|$)/.test(path)) return body;
  return { type: 'error', error: { type: body.error.type, message: body.error.message } };
}
