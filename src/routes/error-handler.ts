import type { ErrorRequestHandler, RequestHandler } from 'express';
import { type ErrorBody, GatewayError, toGatewayError } from '../core/gateway-error.ts';
import type { Logger } from '../core/logger.ts';
import { toBodyError } from './body-error.ts';

/** What every request ends in that no route took. */
export const notFound: RequestHandler = (request) => {
  throw new GatewayError('not_found', `There is no ${request.method} ${request.path}.`);
};

/** What a known path ends in when it was called by another method. */
export const methodNotAllowed: RequestHandler = (request, response) => {
  response.setHeader('allow', 'POST');
  throw new GatewayError('method_not_allowed', `${request.path} takes POST only.`);
};

/**
 * The one error handler, mounted last. It answers in the shape that the client's dialect has for errors; a failure
 * after the first byte closes the connection, which is the only sign left.
 */
export function createErrorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const failure = toBodyError(error) ?? toGatewayError(error);
    // Requests to a provider are logged with their outcome; these have no other line.
    if (failure.code === 'internal_error' && !response.getHeader('x-request-id')) {
      logger.error({ err: failure.cause, path: request.path }, 'request failed');
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
