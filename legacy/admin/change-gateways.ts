import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { z } from 'zod';
import { GatewayError } from '../../src/core/gateway-error.ts';
import {
  deleteGateway,
  findGateway,
  insertGateway,
  listGateways,
  type StoredGateway,
  updateGateway,
} from '../gateways-repository.ts';
import { deleteRule, listRules } from '../routing-rules-repository.ts';
import { type gatewayChangeBody, type newGatewayBody, sealKey, viewGateway } from './gateway-schemas.ts';
import type { ChangeEntry, LegacyOperationDependencies } from './operation-spec.ts';

type ChangeDependencies<Actor> = Pick<LegacyOperationDependencies<Actor, unknown>, 'cipher' | 'change'>;

/** @throws GatewayError `not_found` */
export async function requireGateway(db: Knex, id: string): Promise<StoredGateway> {
  const gateway = await findGateway(db, id);
  if (gateway === undefined) throw new GatewayError('not_found', 'There is no such gateway.');
  return gateway;
}

/** Adds a gateway. */
export function createGateway<Actor>(
  { cipher, change }: ChangeDependencies<Actor>,
  actor: Actor,
  given: z.output<typeof newGatewayBody>,
): Promise<StoredGateway> {
  const id = `gateway_${randomUUID()}`;
  return change(actor, async (transaction) => {
    const entries = given.isDefault === true ? await takeDefaultFromOthers(transaction, id) : [];
    await insertGateway(transaction, id, {
      name: given.name,
      url: given.url,
      description: given.description ?? null,
      isDefault: given.isDefault ?? false,
      enabled: given.enabled ?? true,
      containerName: given.containerName ?? null,
      port: given.port ?? null,
      sealedKey: sealKey(given.apiKey ?? null, cipher),
    });
    const result = await requireGateway(transaction, id);
    return { entries: [...entries, entry('create', id, { after: viewGateway(result) })], result };
  });
}

/** Changes the named fields of a gateway. @throws GatewayError `not_found` */
export function changeGateway<Actor>(
  { cipher, change }: ChangeDependencies<Actor>,
  actor: Actor,
  id: string,
  given: z.output<typeof gatewayChangeBody>,
): Promise<StoredGateway> {
  const { apiKey, ...fields } = given;
  const sealedKey = apiKey === undefined ? undefined : sealKey(apiKey, cipher);
  return change(actor, async (transaction) => {
    const before = await requireGateway(transaction, id);
    const entries = given.isDefault === true ? await takeDefaultFromOthers(transaction, id) : [];
    await updateGateway(transaction, id, { ...fields, sealedKey });
    const result = await requireGateway(transaction, id);
    // One key and the next look the same from outside.
    const after = { ...viewGateway(result), ...(apiKey === undefined ? {} : { apiKeyChanged: true }) };
    return {
      entries: [...entries, entry('update', id, { before: viewGateway(before), after })],
      result,
    };
  });
}

/** Takes a gateway away, and the rules that send to it. @throws GatewayError `not_found` */
export function removeGateway<Actor>(
  { change }: ChangeDependencies<Actor>,
  actor: Actor,
  id: string,
): Promise<void> {
  return change(actor, async (transaction) => {
    const before = await requireGateway(transaction, id);
    const rules = await listRules(transaction, id);
    for (const rule of rules) await deleteRule(transaction, rule.id);
    await deleteGateway(transaction, id);
    const gone = rules.map((rule) => ({
      action: 'delete',
      entity: 'routing_rule',
      entityId: rule.id,
      before: rule,
    }));
    return { entries: [...gone, entry('delete', id, { before: viewGateway(before) })], result: undefined };
  });
}

/** Of several defaults the newest would count, whichever was chosen last. */
async function takeDefaultFromOthers(transaction: Knex.Transaction, id: string): Promise<ChangeEntry[]> {
  const entries: ChangeEntry[] = [];
  for (const gateway of await listGateways(transaction)) {
    if (!gateway.isDefault || gateway.id === id) continue;
    await updateGateway(transaction, gateway.id, { isDefault: false });
    const before = viewGateway(gateway);
    entries.push(entry('update', gateway.id, { before, after: { ...before, isDefault: false } }));
  }
  return entries;
}

function entry(action: string, entityId: string, fields: Pick<ChangeEntry, 'before' | 'after'>): ChangeEntry {
  return { action, entity: 'portkey_gateway', entityId, ...fields };
}
