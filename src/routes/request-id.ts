import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const HEADER = 'x-request-id';

/** Gives each request an id and says it in the answer. It is made here and never taken from the client. */
export const assignRequestId: RequestHandler = (_request, response, next) => {
  response.setHeader(HEADER, `req_${randomUUID()}`);
  next();
};

/** The id of the request that is answered by this response. */
export function requestIdOf(response: Response): string {
  return String(response.getHeader(HEADER));
}
