import type { Logger } from '../../core/logger.ts';
import { createRareWarning } from '../../core/rare-warning.ts';
import type { UpstreamTransport } from '../upstream-transport.ts';
import type { AttemptResult, ClaimedDelivery, DeliveryOutbox } from './delivery-outbox.ts';
import { retryDelay } from './retry-delay.ts';
import { sendDelivery } from './send-delivery.ts';

/** Sends what is in the outbox. */
export interface WebhookSender {
  /** Begins to look for what is due. */
  start(): void;
  /** Ends that, and waits for what is being sent. */
  stop(): Promise<void>;
}

/** Times in milliseconds. */
export interface SenderLimits {
  readonly pollMs: number;
  /** For one attempt. */
  readonly sendMs: number;
  /** After which a delivery is due again whose sender has not said what came of it; above `sendMs`. */
  readonly claimMs: number;
  readonly maxAttempts: number;
  /** How many are sent at the same time. */
  readonly batch: number;
  readonly keepMs: number;
}

export const SENDER_LIMITS: SenderLimits = {
  pollMs: 1_000,
  sendMs: 5_000,
  claimMs: 30_000,
  maxAttempts: 12,
  batch: 20,
  keepMs: 30 * 24 * 60 * 60 * 1000,
};

/** How often old deliveries are looked for. */
const CLEAN_MS = 60 * 60 * 1000;

interface SenderDependencies {
  readonly outbox: DeliveryOutbox;
  readonly transport: Pick<UpstreamTransport, 'post'>;
  readonly logger: Logger;
  readonly limits?: SenderLimits;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** Creates the sender; nothing is sent before `start`. */
export function createWebhookSender(deps: SenderDependencies): WebhookSender {
  const { outbox, transport, logger, limits = SENDER_LIMITS, now = Date.now, random = Math.random } = deps;
  const warn = createRareWarning(logger, 'webhooks cannot be read or written: deliveries wait', Date.now);
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let cleanedAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  async function sendDue(): Promise<void> {
    let claimed: readonly ClaimedDelivery[];
    do {
      claimed = await outbox.claimDue(now(), now() + limits.claimMs, limits.batch);
      await Promise.all(claimed.map(attempt));
    } while (claimed.length === limits.batch && !isStopped);
    if (now() - cleanedAt < CLEAN_MS) return;
    await outbox.removeBefore(now() - limits.keepMs);
    cleanedAt = now();
  }

  async function attempt(delivery: ClaimedDelivery): Promise<void> {
    const error = await send(delivery);
    // What cannot be settled is due again later, and holds up no other.
    await outbox.settle(delivery, toResult(delivery, error)).catch(warn);
  }

  /** What was claimed for the last time by a process that ended is not sent once more. */
  async function send(delivery: ClaimedDelivery): Promise<string | undefined> {
    if (delivery.attempts > limits.maxAttempts) return 'What came of the last attempt is not known.';
    return sendDelivery(transport, delivery, now(), limits.sendMs);
  }

  function toResult({ id, event, attempts }: ClaimedDelivery, error: string | undefined): AttemptResult {
    const at = now();
    if (error === undefined) return { status: 'delivered', at };
    if (attempts < limits.maxAttempts) {
      return { status: 'pending', nextAttemptAt: at + retryDelay(attempts, random()), error };
    }
    logger.error({ delivery: id, event, attempts, reason: error }, 'a webhook was given up');
    return { status: 'failed', at, error };
  }

  /** One look at a time. */
  const look = () => {
    sending ??= sendDue()
      .catch(warn)
      .finally(() => {
        sending = undefined;
      });
  };
  return {
    start() {
      timer = setInterval(look, limits.pollMs);
      timer.unref();
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await sending;
    },
  };
}
