import { GatewayError } from './gateway-error.ts';
import { waitAtMost } from './wait-at-most.ts';

/**
 * Gives what the source gives, and ends it where its next chunk takes too long.
 * @param limitMs how long the next chunk may take, in milliseconds, asked for before each; undefined is for ever
 * @param release ends the source where it hangs: its iterator cannot, as its last step is not over
 * @throws GatewayError `upstream_timeout`
 */
export async function* limitWaits<T>(
  source: AsyncIterable<T>,
  limitMs: () => number | undefined,
  release: () => void,
): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await withinTime(iterator.next(), limitMs());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    release();
    // Not waited for: a source that hangs in its last chunk would hang here as well.
    iterator.return?.()?.catch(() => {});
  }
}

/**
 * What the promise gives, where it gives it in time.
 * @param milliseconds undefined is for ever
 * @throws GatewayError `upstream_timeout`
 */
export function withinTime<T>(promise: Promise<T>, milliseconds: number | undefined): Promise<T> {
  return milliseconds === undefined ? promise : waitAtMost(promise, Math.max(0, milliseconds), tooLate);
}

/** The fault of a provider that took longer than its model's limits allow. */
export function tooLate(): GatewayError {
  return new GatewayError('upstream_timeout', 'The provider did not answer in time.');
}
