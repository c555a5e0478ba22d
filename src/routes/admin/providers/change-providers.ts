import type { Knex } from 'knex';
import type { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import { Secret } from '../../../core/secret.ts';
import { readModelDirectory } from '../../../db/model-directory-repository.ts';
import {
  deleteProviderRecord,
  findProviderRecord,
  insertProviderRecord,
  type ProviderRecord,
  updateProviderRecord,
} from '../../../db/provider-records-repository.ts';
import { checkProviderAddress } from '../../../services/check-provider-address.ts';
import { refuseNamed } from '../../../services/model-names.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import type { AdminActor } from '../admin-operation.ts';
import { makeChange } from '../make-change.ts';
import { findProvider, showProviders } from './find-providers.ts';
import { type NewProvider, type providerChangeBody, viewProvider } from './provider-schemas.ts';

/**
 * Adds a provider.
 * @throws GatewayError `conflict` where the id is taken, `invalid_body` for an address that may not be dialled
 */
export async function createProvider(
  deps: AdminDependencies,
  actor: AdminActor,
  given: NewProvider,
): Promise<ProviderRecord> {
  const provider = toProvider(given);
  await checkProviderAddress(provider, deps);
  return makeChange(deps, actor, async (transaction) => {
    const existing = await findProviderRecord(transaction, deps.cipher, provider.id);
    if (existing !== undefined) throw takenId(provider.id);
    return insert(deps, transaction, provider);
  });
}

/**
 * Adds several providers, all of them or none.
 * @returns the ids of those that were added, and of those that were there
 * @throws GatewayError as `createProvider` does; `conflict` only where those that are there are not to be skipped
 */
export async function importProviders(
  deps: AdminDependencies,
  actor: AdminActor,
  given: readonly NewProvider[],
  skipExisting: boolean,
): Promise<{ created: string[]; skipped: string[] }> {
  const providers = given.map(toProvider);
  for (const provider of providers) await checkProviderAddress(provider, deps);
  return makeChange(deps, actor, async (transaction) => {
    const taken = new Set((await showProviders({ ...deps, db: transaction })).map(({ id }) => id));
    const entries = [];
    const skipped: string[] = [];
    for (const provider of providers) {
      if (taken.has(provider.id)) {
        if (!skipExisting) throw takenId(provider.id);
        skipped.push(provider.id);
        continue;
      }
      taken.add(provider.id);
      entries.push(...(await insert(deps, transaction, provider)).entries);
    }
    return { entries, result: { created: entries.map((entry) => entry.entityId), skipped } };
  });
}

/**
 * Changes the named fields of a provider.
 * @throws GatewayError `not_found`, or `invalid_body` for an address that may not be dialled
 */
export async function changeProvider(
  deps: AdminDependencies,
  actor: AdminActor,
  id: string,
  given: z.output<typeof providerChangeBody>,
): Promise<ProviderRecord> {
  const { apiKey, ...change } = given;
  const stored = await findProvider(deps, id);
  const merged = {
    type: change.type ?? stored.type,
    profile: (change.profile === undefined ? stored.profile : change.profile) ?? undefined,
    baseUrl: (change.baseUrl === undefined ? stored.baseUrl : change.baseUrl) ?? undefined,
  };
  // One whose name has come to stand for a private address must not be kept from being switched off.
  if (changesAddress(change) || change.enabled === true) await checkProviderAddress(merged, deps);
  return makeChange(deps, actor, async (transaction) => {
    const before = await findProvider(deps, id, transaction);
    await updateProviderRecord(transaction, deps.cipher, id, {
      ...change,
      apiKey: apiKey === undefined ? undefined : new Secret(apiKey),
    });
    const after = await findProvider(deps, id, transaction);
    const views = { before: viewProvider(before), after: viewProvider(after) };
    return { entries: [{ action: 'update', entity: 'provider', entityId: id, ...views }], result: after };
  });
}

function changesAddress({ type, profile, baseUrl }: z.output<typeof providerChangeBody>): boolean {
  return [type, profile, baseUrl].some((field) => field !== undefined);
}

/**
 * Removes a provider.
 * @param cascade whether its models go with it
 * @throws GatewayError `not_found`, or `in_use` by models, or by what names one of the models that would go
 */
export function removeProvider(
  deps: AdminDependencies,
  actor: AdminActor,
  id: string,
  cascade: boolean,
): Promise<void> {
  return makeChange(deps, actor, async (transaction) => {
    const provider = await findProvider(deps, id, transaction);
    const directory = await readModelDirectory(transaction);
    const models = directory.models.filter((model) => model.providerId === id);
    if (models.length > 0 && !cascade) {
      const count = `${models.length} model${models.length === 1 ? '' : 's'}`;
      throw new GatewayError('in_use', `${count} of this provider would go with it; cascade=true lets them.`);
    }
    for (const model of models) refuseNamed(directory, model.name);
    await deleteProviderRecord(transaction, id);
    const gone = models.map((model) => ({
      action: 'delete',
      entity: 'model',
      entityId: model.id,
      before: model,
    }));
    const entry = {
      action: 'delete',
      entity: 'provider',
      entityId: id,
      before: viewProvider(provider),
    };
    return { entries: [...gone, entry], result: undefined };
  });
}

async function insert(
  deps: AdminDependencies,
  transaction: Knex.Transaction,
  provider: ReturnType<typeof toProvider>,
) {
  await insertProviderRecord(transaction, deps.cipher, provider);
  const result = await findProvider(deps, provider.id, transaction);
  const entry = {
    action: 'create',
    entity: 'provider',
    entityId: provider.id,
    after: viewProvider(result),
  };
  return { entries: [entry], result };
}

function toProvider(given: NewProvider) {
  return {
    ...given,
    name: given.name ?? given.id,
    profile: given.profile ?? undefined,
    baseUrl: given.baseUrl ?? undefined,
    apiKey: new Secret(given.apiKey ?? ''),
  };
}

function takenId(id: string): GatewayError {
  return new GatewayError('conflict', `There is a provider "${id}" already.`, { param: 'id' });
}
