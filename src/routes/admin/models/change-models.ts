import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { z } from 'zod';
import type { Model } from '../../../core/catalog.ts';
import { GatewayError } from '../../../core/gateway-error.ts';
import { type ModelDirectory, readModelDirectory } from '../../../db/model-directory-repository.ts';
import { deleteModel, findModel, insertModel, updateModel } from '../../../db/models-repository.ts';
import { findProviderRecord } from '../../../db/provider-records-repository.ts';
import { refuseNamed, refuseTakenName } from '../../../services/model-names.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import type { AdminActor } from '../admin-operation.ts';
import { makeChange } from '../make-change.ts';
import { changedModel, type ModelChange, type newModelBody } from './model-schemas.ts';

/** @throws GatewayError `not_found` */
export async function requireModel(db: Knex, id: string): Promise<Model> {
  const model = await findModel(db, id);
  if (model === undefined) throw new GatewayError('not_found', 'There is no such model.');
  return model;
}

/**
 * Adds a model.
 * @throws GatewayError `conflict` where its name is taken, `invalid_body` where there is no such provider
 */
export function createModel(
  deps: AdminDependencies,
  actor: AdminActor,
  given: z.output<typeof newModelBody>,
): Promise<Model> {
  const blank: Model = {
    id: `model_${randomUUID()}`,
    name: given.name,
    providerId: given.providerId,
    modelIdentifier: given.name,
    limits: {},
    enabled: true,
  };
  const model = changedModel(blank, given);
  return makeChange(deps, actor, async (transaction) => {
    await refuseUnfit(deps, transaction, model, await readModelDirectory(transaction));
    await insertModel(transaction, model);
    return { entries: [{ action: 'create', ...entity(model), after: model }], result: model };
  });
}

/**
 * Changes the named fields of a model.
 * @throws GatewayError `not_found`, `invalid_body`, `conflict`, or `in_use` where a name that is used would change
 */
export function changeModel(
  deps: AdminDependencies,
  actor: AdminActor,
  id: string,
  change: ModelChange,
): Promise<Model> {
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireModel(transaction, id);
    const after = changedModel(before, change);
    const directory = await readModelDirectory(transaction);
    if (after.name !== before.name) refuseNamed(directory, before.name);
    await refuseUnfit(deps, transaction, after, directory);
    await updateModel(transaction, after);
    return { entries: [{ action: 'update', ...entity(before), before, after }], result: after };
  });
}

/** @throws GatewayError `not_found`, or `in_use` by a key or a virtual model that names it */
export function removeModel(deps: AdminDependencies, actor: AdminActor, id: string): Promise<void> {
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireModel(transaction, id);
    refuseNamed(await readModelDirectory(transaction), before.name);
    await deleteModel(transaction, id);
    return { entries: [{ action: 'delete', ...entity(before), before }], result: undefined };
  });
}

async function refuseUnfit(
  { cipher }: AdminDependencies,
  transaction: Knex.Transaction,
  model: Model,
  directory: ModelDirectory,
): Promise<void> {
  refuseTakenName(directory, model.name, model.id);
  if ((await findProviderRecord(transaction, cipher, model.providerId)) !== undefined) return;
  throw new GatewayError('invalid_body', `There is no provider "${model.providerId}".`, {
    param: 'providerId',
  });
}

function entity(model: Model) {
  return { entity: 'model', entityId: model.id };
}
