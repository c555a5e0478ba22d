import type { ErrorBody } from './gateway-error.ts';

/**
 * The event that ends a failed stream, readable by clients that look at the event's name and by those that look at
 * the data only.
 */
export function toErrorEvent(body: ErrorBody): string {
  return `event: error\ndata: ${JSON.stringify(body)}\n\n`;
}
