import { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import { insertDelivery, listDeliveries } from '../../../db/webhook-deliveries-repository.ts';
import { listWebhooks } from '../../../db/webhooks-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import { doneResponse, idParams, timeField } from '../common-schemas.ts';
import { changeWebhook, createWebhook, removeWebhook, requireWebhook } from './change-webhooks.ts';
import { newWebhookBody, webhookChangeBody, webhookView } from './webhook-schemas.ts';

const PATH = '/admin/webhooks';
const DELIVERIES = 100;

const deliveryView = z.object({
  id: z.string(),
  event: z.string(),
  /** `pending`, `delivered`, or `failed` where it was given up. */
  status: z.string(),
  attempts: z.int().min(0),
  lastError: z.string().nullable(),
  nextAttemptAt: timeField.nullable(),
  createdAt: timeField,
  settledAt: timeField.nullable(),
});

/** `/api/admin/webhooks`: who is told of what happens to a rollout. Only the answer that adds one has its secret. */
export function webhookOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [...endpointOperations(deps), ...deliveryOperations(deps)];
}

function endpointOperations(deps: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: PATH,
      role: 'admin',
      summary: 'All webhooks, without their secrets',
      input: {},
      response: z.object({ webhooks: z.array(webhookView) }),
      handle: async () => ({ webhooks: [...(await listWebhooks(deps.db))] }),
    }),
    defineOperation({
      methods: ['post'],
      path: PATH,
      role: 'admin',
      summary: 'Add a webhook; the answer has its secret, and nothing else ever does',
      input: { body: newWebhookBody },
      status: 201,
      response: webhookView.extend({ secret: z.string() }),
      async handle({ body }, actor) {
        const { webhook, secret } = await createWebhook(deps, actor, body);
        return { ...webhook, secret: secret.reveal() };
      },
    }),
    defineOperation({
      methods: ['patch'],
      path: `${PATH}/{id}`,
      role: 'admin',
      summary: 'Change the named fields of a webhook',
      input: { params: idParams, body: webhookChangeBody },
      response: webhookView,
      handle: ({ params, body }, actor) => changeWebhook(deps, actor, params.id, body),
    }),
    defineOperation({
      methods: ['delete'],
      path: `${PATH}/{id}`,
      role: 'admin',
      summary: 'Remove a webhook, and what it was still to be told',
      input: { params: idParams },
      response: doneResponse,
      async handle({ params }, actor) {
        await removeWebhook(deps, actor, params.id);
        return { success: true as const };
      },
    }),
  ];
}

function deliveryOperations({ db }: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}/deliveries`,
      role: 'admin',
      summary: `The last ${DELIVERIES} deliveries of a webhook, the newest first`,
      input: { params: idParams },
      response: z.object({ deliveries: z.array(deliveryView) }),
      async handle({ params }) {
        await requireWebhook(db, params.id);
        return { deliveries: [...(await listDeliveries(db, params.id, DELIVERIES))] };
      },
    }),
    defineOperation({
      methods: ['post'],
      path: `${PATH}/{id}/test`,
      role: 'operator',
      summary: 'Send a webhook an event that says nothing, to see whether it arrives',
      input: { params: idParams },
      status: 202,
      response: z.object({ delivery: z.string() }),
      async handle({ params }, { name }) {
        const { id, enabled } = await requireWebhook(db, params.id);
        if (!enabled) throw new GatewayError('conflict', 'The webhook is switched off.');
        const event = { type: 'webhook.test', at: Date.now(), actor: name };
        return { delivery: await insertDelivery(db, id, event) };
      },
    }),
  ];
}
