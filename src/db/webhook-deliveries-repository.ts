import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { z } from 'zod';
import { fitText } from '../core/fit-text.ts';
import type { ReleaseEvent } from '../rollout/release/release-store.ts';
import type { CredentialCipher } from '../services/credential-cipher.ts';
import type { AttemptResult, ClaimedDelivery, DeliveryOutbox } from '../services/webhooks/delivery-outbox.ts';
import { bigNumber } from './row-types.ts';
import { listWebhooks } from './webhooks-repository.ts';

/** A longer event is told without its details. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_ERROR_BYTES = 1000;

/** Tells all webhooks that are switched on of what happened. */
export interface Announcer {
  /**
   * Stores what is to be told; it is sent later, at least once.
   * @param transaction of what happened, so that both are stored or neither
   * @throws Error where it cannot be stored
   */
  announce(event: ReleaseEvent, transaction?: Knex.Transaction): Promise<void>;
}

/** @param db where no transaction is given */
export function createAnnouncer(db: Knex): Announcer {
  return {
    async announce(event, transaction) {
      const target = transaction ?? db;
      const webhooks = (await listWebhooks(target)).filter(({ enabled }) => enabled);
      for (const { id } of webhooks) await insertDelivery(target, id, event);
    },
  };
}

/**
 * Stores that one webhook is to be told of an event.
 * @returns the delivery's id
 */
export async function insertDelivery(db: Knex, webhookId: string, event: ReleaseEvent): Promise<string> {
  const id = `delivery_${randomUUID()}`;
  const now = Date.now();
  await db('webhook_deliveries').insert({
    id,
    webhook_id: webhookId,
    event: event.type,
    body: toBody(event),
    status: 'pending',
    attempts: 0,
    next_attempt_at: now,
    created_at: now,
  });
  return id;
}

const deliverySchema = z
  .object({
    id: z.string(),
    event: z.string(),
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.number(),
    last_error: z.string().nullable(),
    next_attempt_at: bigNumber,
    created_at: bigNumber,
    settled_at: bigNumber.nullable(),
  })
  .transform((row) => ({
    id: row.id,
    event: row.event,
    status: row.status,
    attempts: row.attempts,
    lastError: row.last_error,
    /** Of one that is pending. */
    nextAttemptAt: row.status === 'pending' ? row.next_attempt_at : null,
    createdAt: row.created_at,
    settledAt: row.settled_at,
  }));

/** Where a delivery stands; times are epoch milliseconds. */
export type DeliveryRecord = z.output<typeof deliverySchema>;

/** The last deliveries of a webhook, the newest first. */
export async function listDeliveries(
  db: Knex,
  webhookId: string,
  limit: number,
): Promise<readonly DeliveryRecord[]> {
  const rows: unknown = await db('webhook_deliveries')
    .where({ webhook_id: webhookId })
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit);
  return z.array(deliverySchema).parse(rows);
}

const dueSchema = z.object({
  id: z.string(),
  event: z.string(),
  body: z.string(),
  attempts: z.number(),
  url: z.string(),
  secret: z.string(),
});

/** The outbox in the database. Deliveries of a webhook that is switched off wait until it is on again. */
export function createDeliveryOutbox(db: Knex, cipher: CredentialCipher): DeliveryOutbox {
  return {
    async claimDue(now, until, limit) {
      const claimed: ClaimedDelivery[] = [];
      for (const row of await readDue(db, now, limit)) {
        if (await claim(db, row, until)) {
          claimed.push({ ...row, attempts: row.attempts + 1, secret: cipher.open(row.secret) });
        }
      }
      return claimed;
    },
    async settle({ id, attempts }, result) {
      await db('webhook_deliveries').where({ id, attempts, status: 'pending' }).update(toColumns(result));
    },
    async removeBefore(moment) {
      await db('webhook_deliveries').where('created_at', '<', moment).delete();
    },
  };
}

async function readDue(db: Knex, now: number, limit: number) {
  const rows: unknown = await db('webhook_deliveries as delivery')
    .join('webhooks as webhook', 'webhook.id', 'delivery.webhook_id')
    .where({ 'delivery.status': 'pending', 'webhook.enabled': true })
    .where('delivery.next_attempt_at', '<=', now)
    .orderBy('delivery.next_attempt_at')
    .limit(limit)
    .select('delivery.id', 'delivery.event', 'delivery.body', 'delivery.attempts')
    .select('webhook.url', 'webhook.secret');
  return z.array(dueSchema).parse(rows);
}

/** The count of attempts tells whether another process was faster. */
async function claim(
  db: Knex,
  { id, attempts }: { readonly id: string; readonly attempts: number },
  until: number,
): Promise<boolean> {
  const changed = await db('webhook_deliveries')
    .where({ id, attempts, status: 'pending' })
    .update({ attempts: attempts + 1, next_attempt_at: until });
  return changed === 1;
}

function toColumns(result: AttemptResult) {
  if (result.status === 'delivered')
    return { status: result.status, settled_at: result.at, last_error: null };
  const last_error = fitText(result.error, MAX_ERROR_BYTES);
  if (result.status === 'failed') return { status: result.status, settled_at: result.at, last_error };
  return { next_attempt_at: result.nextAttemptAt, last_error };
}

function toBody(event: ReleaseEvent): string {
  const body = JSON.stringify(event);
  if (Buffer.byteLength(body) <= MAX_BODY_BYTES) return body;
  return JSON.stringify({ type: event.type, at: event.at, shortened: true });
}
