import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { GatewayError } from '../../core/gateway-error.ts';
import { type ModelDirectory, readModelDirectory } from '../../db/model-directory-repository.ts';
import {
  deleteVirtualModelRecord,
  findVirtualModelRecord,
  insertVirtualModelRecord,
  updateVirtualModelRecord,
  type VirtualModelChange,
  type VirtualModelRecord,
  type VirtualModelTable,
} from '../../db/virtual-model-records-repository.ts';
import { classifierFaults } from '../../services/classifier-faults.ts';
import { refuseNamed, refuseTakenName, refuseUnknownNames } from '../../services/model-names.ts';
import { virtualModelFaults } from '../../services/routing/virtual-model-faults.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import type { AdminActor } from './admin-operation.ts';
import { makeChange } from './make-change.ts';

/** Names of models in a request, each with the field that has it. */
export type NamedFields = readonly { readonly param: string; readonly name: string }[];

/** Where the virtual models of one kind are, and what the audit log calls them. */
export interface VirtualModelKind {
  readonly table: VirtualModelTable;
  readonly entity: string;
}

/** @throws GatewayError `not_found` */
export async function requireVirtualModel(
  db: Knex,
  kind: VirtualModelKind,
  id: string,
): Promise<VirtualModelRecord> {
  const record = await findVirtualModelRecord(db, kind.table, id);
  if (record === undefined) throw new GatewayError('not_found', 'There is no such virtual model.');
  return record;
}

/**
 * Adds a virtual model.
 * @param names the models that it names
 * @throws GatewayError `conflict` where its name is taken, `invalid_body` for models that there are not, or a circle
 */
export function createVirtualModel(
  deps: AdminDependencies,
  actor: AdminActor,
  kind: VirtualModelKind,
  fields: VirtualModelChange & { readonly name: string },
  names: NamedFields,
): Promise<VirtualModelRecord> {
  const id = `virtual_${randomUUID()}`;
  return makeChange(deps, actor, async (transaction) => {
    const directory = await readModelDirectory(transaction);
    refuseTakenName(directory, fields.name, id);
    refuseUnknownNames(directory, names);
    await insertVirtualModelRecord(transaction, kind.table, id, fields);
    await refuseNewFaults(transaction, directory);
    const after = await requireVirtualModel(transaction, kind, id);
    return { entries: [{ action: 'create', entity: kind.entity, entityId: id, after }], result: after };
  });
}

/**
 * Changes the named fields of a virtual model.
 * @param toChange what is to be written, by what is stored; with the models that it names
 * @throws GatewayError as `createVirtualModel` does; `not_found`, or `in_use` where a used name would change
 */
export function changeVirtualModel(
  deps: AdminDependencies,
  actor: AdminActor,
  kind: VirtualModelKind,
  id: string,
  toChange: (stored: VirtualModelRecord) => { change: VirtualModelChange; names: NamedFields },
): Promise<VirtualModelRecord> {
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireVirtualModel(transaction, kind, id);
    const { change, names } = toChange(before);
    const directory = await readModelDirectory(transaction);
    if (change.name !== undefined && change.name !== before.name) {
      refuseNamed(directory, before.name);
      refuseTakenName(directory, change.name, id);
    }
    refuseUnknownNames(directory, names);
    await updateVirtualModelRecord(transaction, kind.table, id, change);
    await refuseNewFaults(transaction, directory);
    const after = await requireVirtualModel(transaction, kind, id);
    return {
      entries: [{ action: 'update', entity: kind.entity, entityId: id, before, after }],
      result: after,
    };
  });
}

/** @throws GatewayError `not_found`, or `in_use` by a key or another virtual model */
export function removeVirtualModel(
  deps: AdminDependencies,
  actor: AdminActor,
  kind: VirtualModelKind,
  id: string,
): Promise<void> {
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireVirtualModel(transaction, kind, id);
    refuseNamed(await readModelDirectory(transaction), before.name);
    await deleteVirtualModelRecord(transaction, kind.table, id);
    return { entries: [{ action: 'delete', entity: kind.entity, entityId: id, before }], result: undefined };
  });
}

/** Faults that were there before are not this change's: they must not keep an operator from mending them one by one. */
async function refuseNewFaults(transaction: Knex.Transaction, before: ModelDirectory): Promise<void> {
  const known = new Set(faultsOf(before));
  const fault = faultsOf(await readModelDirectory(transaction)).find((line) => !known.has(line));
  if (fault !== undefined) throw new GatewayError('invalid_body', `${fault}.`, { param: 'config' });
}

function faultsOf({ models, virtualModels }: ModelDirectory): string[] {
  return [...virtualModelFaults(models, virtualModels), ...classifierFaults(virtualModels)];
}
