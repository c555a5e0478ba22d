import type { Secret } from '../../core/secret.ts';

/** A delivery that this process alone may send now. */
export interface ClaimedDelivery {
  readonly id: string;
  /** Such as `rollout.killed`. */
  readonly event: string;
  /** JSON, as it is sent. */
  readonly body: string;
  readonly url: string;
  readonly secret: Secret;
  /** This one included. */
  readonly attempts: number;
}

/** What came of an attempt; times are epoch milliseconds. */
export type AttemptResult =
  | { readonly status: 'delivered'; readonly at: number }
  | { readonly status: 'failed'; readonly at: number; readonly error: string }
  | { readonly status: 'pending'; readonly nextAttemptAt: number; readonly error: string };

/** What is still to be told to whom. */
export interface DeliveryOutbox {
  /**
   * Takes deliveries that are due, each with one more attempt. Of several processes one gets each; where that one ends
   * before it says what came of it, the delivery is due again.
   * @param now epoch milliseconds
   * @param until when what was taken is due again, epoch milliseconds
   */
  claimDue(now: number, until: number, limit: number): Promise<readonly ClaimedDelivery[]>;
  /** Writes what came of an attempt, unless another one has begun since. */
  settle(delivery: Pick<ClaimedDelivery, 'id' | 'attempts'>, result: AttemptResult): Promise<void>;
  /** Removes deliveries, whatever came of them, that were made before a moment (epoch milliseconds). */
  removeBefore(moment: number): Promise<void>;
}
