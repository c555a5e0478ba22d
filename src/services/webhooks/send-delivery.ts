import { toGatewayError } from '../../core/gateway-error.ts';
import type { UpstreamTransport } from '../upstream-transport.ts';
import type { ClaimedDelivery } from './delivery-outbox.ts';
import { signDelivery } from './sign-delivery.ts';

/** How much of an answer is read, to keep the connection; of a longer one the connection goes. */
const ANSWER_BYTES = 4 * 1024;

/**
 * Sends one delivery.
 * @param now epoch milliseconds
 * @param limitMs for all of it
 * @returns why it was not taken; undefined where it was. It never rejects, and the reason has nothing of the answer's
 * body and nothing of the secret.
 */
export async function sendDelivery(
  transport: Pick<UpstreamTransport, 'post'>,
  delivery: ClaimedDelivery,
  now: number,
  limitMs: number,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    const { origin, pathname, search } = new URL(delivery.url);
    const headers = toHeaders(delivery, now);
    const path = `${pathname}${search}`;
    const answer = await transport.post({ origin, path, headers, body: delivery.body, signal });
    // The head has decided; the rest may fail.
    await answer.body.dump({ limit: ANSWER_BYTES, signal }).catch(() => {});
    const { statusCode } = answer;
    return statusCode >= 200 && statusCode < 300 ? undefined : `The answer was HTTP ${statusCode}.`;
  } catch (error) {
    if (signal.aborted) return `There was no answer within ${limitMs} ms.`;
    return describeFault(error);
  }
}

function toHeaders(delivery: ClaimedDelivery, now: number): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'banyan-webhooks',
    'x-banyan-event': delivery.event,
    'x-banyan-delivery': delivery.id,
    'x-banyan-timestamp': String(now),
    'x-banyan-signature': signDelivery(delivery.secret, now, delivery.body),
  };
}

function describeFault(error: unknown): string {
  const { code } = toGatewayError(error);
  if (code === 'upstream_address_refused') return 'The host has a loopback or private address.';
  if (code === 'upstream_timeout') return 'There was no answer in time.';
  return 'The host could not be reached.';
}
