import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestLog } from './request-log.ts';

const PREFIX = '/__emulator/';

/**
 * Answers the routes by which another process looks into the emulator: `GET` and `DELETE
 * /__emulator/requests`, `GET /__emulator/health`. They are not recorded.
 *
 * @returns false when the request is for the provider's API
 */
export function answerControl(request: IncomingMessage, response: ServerResponse, log: RequestLog): boolean {
  if (!request.url?.startsWith(PREFIX)) return false;
  request.resume();
  const route = `${request.method} ${request.url.slice(PREFIX.length)}`;
  if (route === 'GET requests') sendJson(response, 200, log.requests);
  else if (route === 'GET health') sendJson(response, 200, { status: 'ok' });
  else if (route === 'DELETE requests') {
    log.clear();
    response.writeHead(204).end();
  } else sendJson(response, 404, { error: `No such control route: ${route}` });
  return true;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
