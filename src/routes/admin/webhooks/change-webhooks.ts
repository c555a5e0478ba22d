import { randomBytes, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import { Secret } from '../../../core/secret.ts';
import {
  countWebhooks,
  deleteWebhook,
  findWebhook,
  insertWebhook,
  updateWebhook,
  type WebhookRecord,
} from '../../../db/webhooks-repository.ts';
import { refusedAtSave } from '../../../services/check-provider-address.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import type { AdminActor } from '../admin-operation.ts';
import { makeChange } from '../make-change.ts';
import type { newWebhookBody, webhookChangeBody } from './webhook-schemas.ts';

/** Each event makes a row for each of them. */
const MAX_WEBHOOKS = 50;

/**
 * Adds a webhook.
 * @returns it with its secret, which is not shown again
 * @throws GatewayError `invalid_body` for an address that may not be dialled, `conflict` where there are enough
 */
export async function createWebhook(
  deps: AdminDependencies,
  actor: AdminActor,
  given: z.output<typeof newWebhookBody>,
): Promise<{ readonly webhook: WebhookRecord; readonly secret: Secret }> {
  await checkAddress(given.url, deps);
  const secret = new Secret(given.secret ?? `whsec_${randomBytes(32).toString('base64url')}`);
  const id = `webhook_${randomUUID()}`;
  const webhook = await makeChange(deps, actor, async (transaction) => {
    if ((await countWebhooks(transaction)) >= MAX_WEBHOOKS) {
      throw new GatewayError('conflict', `There are ${MAX_WEBHOOKS} webhooks already.`);
    }
    await insertWebhook(transaction, deps.cipher, { ...given, id, secret });
    const result = await requireWebhook(transaction, id);
    const entry = { action: 'create', entity: 'webhook', entityId: id, after: toLogged(result) };
    return { entries: [entry], result };
  });
  return { webhook, secret };
}

/**
 * Changes the named fields of a webhook.
 * @throws GatewayError `not_found`, or `invalid_body` for an address that may not be dialled
 */
export async function changeWebhook(
  deps: AdminDependencies,
  actor: AdminActor,
  id: string,
  { secret, ...change }: z.output<typeof webhookChangeBody>,
): Promise<WebhookRecord> {
  if (change.url !== undefined) await checkAddress(change.url, deps);
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireWebhook(transaction, id);
    const newSecret = secret === undefined ? undefined : new Secret(secret);
    await updateWebhook(transaction, deps.cipher, id, { ...change, secret: newSecret });
    const result = await requireWebhook(transaction, id);
    const after = { ...toLogged(result), ...(secret === undefined ? {} : { secretChanged: true }) };
    const entry = { action: 'update', entity: 'webhook', entityId: id, before: toLogged(before), after };
    return { entries: [entry], result };
  });
}

/**
 * Removes a webhook with its deliveries.
 * @throws GatewayError `not_found`
 */
export function removeWebhook(deps: AdminDependencies, actor: AdminActor, id: string): Promise<void> {
  return makeChange(deps, actor, async (transaction) => {
    const before = toLogged(await requireWebhook(transaction, id));
    await deleteWebhook(transaction, id);
    return { entries: [{ action: 'delete', entity: 'webhook', entityId: id, before }], result: undefined };
  });
}

/** @throws GatewayError `not_found` */
export async function requireWebhook(db: Knex, id: string): Promise<WebhookRecord> {
  const webhook = await findWebhook(db, id);
  if (webhook === undefined) throw new GatewayError('not_found', 'There is no such webhook.');
  return webhook;
}

async function checkAddress(url: string, policy: AdminDependencies): Promise<void> {
  const refused = await refusedAtSave(url, policy);
  if (refused !== undefined) throw new GatewayError('invalid_body', `The URL ${refused}.`, { param: 'url' });
}

/** Paths of chat services are secrets: the audit log has the origin. */
function toLogged({ url, enabled }: WebhookRecord) {
  return { origin: new URL(url).origin, enabled };
}
