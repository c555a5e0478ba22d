import type { Knex } from 'knex';
import { z } from 'zod';
import type { Secret } from '../core/secret.ts';
import type { CredentialCipher } from '../services/credential-cipher.ts';
import { definedColumns } from './defined-columns.ts';
import { counted } from './page.ts';
import { bigNumber, flag } from './row-types.ts';

const rowSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    enabled: flag,
    created_at: bigNumber,
    updated_at: bigNumber,
  })
  .transform(({ id, url, enabled, created_at: createdAt, updated_at: updatedAt }) => ({
    id,
    url,
    enabled,
    createdAt,
    updatedAt,
  }));

/** Who is told of events; its secret stays where it is. Times are epoch milliseconds. */
export type WebhookRecord = z.output<typeof rowSchema>;

/** Fields that a change names; an absent one stays as it is. */
export interface WebhookChange {
  readonly url?: string | undefined;
  readonly secret?: Secret | undefined;
  readonly enabled?: boolean | undefined;
}

/** All webhooks, the oldest first. */
export async function listWebhooks(db: Knex): Promise<readonly WebhookRecord[]> {
  return z.array(rowSchema).parse(await db('webhooks').orderBy('created_at').orderBy('id'));
}

/** How many there are. */
export async function countWebhooks(db: Knex): Promise<number> {
  return counted.parse(await db('webhooks').count({ total: '*' }).first()).total;
}

/** The webhook with that id; undefined where there is none. */
export async function findWebhook(db: Knex, id: string): Promise<WebhookRecord | undefined> {
  const row: unknown = await db('webhooks').where({ id }).first();
  return row === undefined ? undefined : rowSchema.parse(row);
}

/** Adds a webhook. */
export async function insertWebhook(
  db: Knex,
  cipher: CredentialCipher,
  webhook: Required<WebhookChange> & { readonly id: string; readonly url: string; readonly secret: Secret },
): Promise<void> {
  const now = Date.now();
  await db('webhooks').insert({
    id: webhook.id,
    ...toColumns(webhook, cipher),
    created_at: now,
    updated_at: now,
  });
}

/** Changes exactly the named fields of the webhook with this id. */
export async function updateWebhook(
  db: Knex,
  cipher: CredentialCipher,
  id: string,
  change: WebhookChange,
): Promise<void> {
  await db('webhooks')
    .where({ id })
    .update({ ...toColumns(change, cipher), updated_at: Date.now() });
}

/** Takes the webhook away, and its deliveries with it. */
export async function deleteWebhook(db: Knex, id: string): Promise<void> {
  await db('webhook_deliveries').where({ webhook_id: id }).delete();
  await db('webhooks').where({ id }).delete();
}

function toColumns({ url, secret, enabled }: WebhookChange, cipher: CredentialCipher) {
  return definedColumns({
    url,
    secret: secret === undefined ? undefined : cipher.seal(secret),
    enabled,
  });
}
