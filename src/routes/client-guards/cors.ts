import type { RequestHandler, Response } from 'express';
import type { CorsSettings } from './guard-settings.ts';

const METHODS = 'GET, POST, PUT, PATCH, DELETE, OPTIONS';
/** How long a browser may go by an answer to its preflight: a change of the setting is to be seen soon. */
const PREFLIGHT_SECONDS = 60;
/** What a browser's script may read besides the few headers that it always may. */
const EXPOSED = [
  'x-request-id',
  'x-upstream-request-id',
  'request-id',
  'retry-after',
  'x-gateway-path',
  'x-gateway-reason',
  'x-cache-status',
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
].join(', ');

/**
 * Lets browsers of other origins read what the gateway answers, whatever kind of answer it is: the headers are set
 * before any handler runs. Answers preflights itself.
 * @param settings asked with each request, from memory
 */
export function createCors(settings: () => CorsSettings): RequestHandler {
  return (request, response, next) => {
    const cors = settings();
    const { origin } = request.headers;
    if (!cors.enabled) return next();
    // Also where no origin is given or it is not allowed: a cache must not give one origin the answer to another.
    response.vary('Origin');
    if (origin === undefined || !allows(cors, origin)) return next();
    response.setHeader('access-control-allow-origin', origin);
    if (sendsCredentials(cors)) response.setHeader('access-control-allow-credentials', 'true');
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      return answerPreflight(response, request.headers['access-control-request-headers']);
    }
    response.setHeader('access-control-expose-headers', EXPOSED);
    next();
  };
}

function allows({ allowedOrigins }: CorsSettings, origin: string): boolean {
  return allowedOrigins === undefined || allowedOrigins.includes(origin);
}

/** Any page at all could else act with what a browser has for the gateway. */
function sendsCredentials({ allowedOrigins, allowsCredentials }: CorsSettings): boolean {
  return allowsCredentials && allowedOrigins !== undefined;
}

/** Every header may be sent: clients bring many of their own, and the gateway reads those it knows. */
function answerPreflight(response: Response, requestedHeaders: string | undefined): void {
  response.setHeader('access-control-allow-methods', METHODS);
  if (requestedHeaders !== undefined) response.setHeader('access-control-allow-headers', requestedHeaders);
  response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
  response.vary('Access-Control-Request-Headers');
  response.status(204).end();
}
