import type { Knex } from 'knex';
import { z } from 'zod';
import type { Model, VirtualModel } from '../core/catalog.ts';
import { parseJson } from '../core/json.ts';
import { listModels } from './models-repository.ts';
import { listVirtualModels } from './virtual-models-repository.ts';

/** Every name that a client can call, and how often keys name each. */
export interface ModelDirectory {
  readonly models: readonly Model[];
  readonly virtualModels: readonly VirtualModel[];
  /** How many keys name a model; one that none names is not in it. Keys that may call all name none. */
  readonly keyCounts: ReadonlyMap<string, number>;
}

const keyRows = z.array(z.object({ models: z.string() }));
const names = z.array(z.string());

/**
 * Reads the directory, with as many queries for thousands of models as for one.
 * @param ownerId counts only keys of this account where it is given
 */
export async function readModelDirectory(db: Knex, ownerId?: string): Promise<ModelDirectory> {
  const models = await listModels(db);
  const virtualModels = await listVirtualModels(db);
  const keys = db('virtual_keys').whereNotNull('models').select('models');
  if (ownerId !== undefined) keys.where({ owner_id: ownerId });
  const keyCounts = new Map<string, number>();
  for (const row of keyRows.parse(await keys)) {
    for (const name of new Set(names.parse(parseJson(row.models)))) {
      keyCounts.set(name, (keyCounts.get(name) ?? 0) + 1);
    }
  }
  return { models, virtualModels, keyCounts };
}
