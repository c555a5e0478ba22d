import { randomBytes, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { GatewayFile } from '../config/gateway-file.ts';
import type { VirtualKey, VirtualTarget } from '../core/catalog.ts';
import { ConfigurationError } from '../core/configuration-error.ts';
import { Secret } from '../core/secret.ts';
import { initialRollout } from '../rollout/rollout-state.ts';
import { type AddressPolicy, refusedAtSave } from '../services/check-provider-address.ts';
import { classifierFaults } from '../services/classifier-faults.ts';
import type { CredentialCipher } from '../services/credential-cipher.ts';
import { NANO_DOLLARS } from '../services/limits/nano-dollars.ts';
import { virtualModelFaults } from '../services/routing/virtual-model-faults.ts';
import type { VirtualKeyHasher } from '../services/virtual-key-hasher.ts';
import { listModels, saveModel } from './models-repository.ts';
import { listProviders, saveProvider } from './providers-repository.ts';
import { readRollout, writeRollout } from './rollout-repository.ts';
import { insertVirtualKey, listVirtualKeys, updateVirtualKey } from './virtual-keys-repository.ts';
import { listVirtualModels, saveExpertModel, saveRoutedModel } from './virtual-models-repository.ts';
import { bumpCatalogVersion } from './watch-catalog.ts';

export interface ApplyDependencies extends AddressPolicy {
  readonly db: Knex;
  readonly cipher: CredentialCipher;
  readonly hashKey: VirtualKeyHasher;
}

/** What an application of the file leaves to tell the operator. */
export interface ApplyReport {
  /** Keys that the file did not spell out and that were made now. They can be shown this once only. */
  readonly createdKeys: readonly { readonly name: string; readonly key: Secret }[];
}

/**
 * Brings the database to what the file says, in one transaction, and has every process read the catalog anew. Applied
 * twice it changes nothing more; what the file does not name stays. The rollout is a first value only: one that is
 * stored is never touched.
 * @throws ConfigurationError for a reference that leads nowhere or an address that may not be dialled
 */
export async function applyGatewayFile(file: GatewayFile, deps: ApplyDependencies): Promise<ApplyReport> {
  await refuseAddresses(file, deps);
  const createdKeys = await deps.db.transaction(async (transaction) => {
    // First of all, since what begins with a write waits for another process that writes.
    await bumpCatalogVersion(transaction);
    await applyProviders(file, transaction, deps.cipher);
    await applyModels(file, transaction, deps.cipher);
    await applyVirtualModels(file, transaction);
    const created = await applyKeys(file, transaction, deps.hashKey);
    await applyRollout(file, transaction);
    return created;
  });
  return { createdKeys };
}

/** All at once: a start is not to wait for a name server that is down as often as there are providers. */
async function refuseAddresses(file: GatewayFile, policy: AddressPolicy): Promise<void> {
  const faults = await Promise.all(
    file.providers.map(async ({ id, base_url: baseUrl }) => {
      const refused = baseUrl === undefined ? undefined : await refusedAtSave(baseUrl, policy);
      return refused === undefined ? [] : [`providers: ${id}: base_url: ${refused}`];
    }),
  );
  if (faults.flat().length > 0) throw new ConfigurationError(faults.flat());
}

async function applyProviders(file: GatewayFile, db: Knex, cipher: CredentialCipher): Promise<void> {
  for (const provider of file.providers) {
    await saveProvider(db, cipher, {
      id: provider.id,
      type: provider.type,
      profile: provider.profile,
      baseUrl: provider.base_url,
      apiKey: new Secret(provider.api_key),
    });
  }
}

async function applyModels(file: GatewayFile, db: Knex, cipher: CredentialCipher): Promise<void> {
  const providers = new Set((await listProviders(db, cipher)).map((provider) => provider.id));
  for (const model of file.models) {
    if (!providers.has(model.provider)) {
      throw new ConfigurationError([`models: ${model.name}: there is no provider "${model.provider}"`]);
    }
    await saveModel(db, {
      id: `model_${randomUUID()}`,
      name: model.name,
      providerId: model.provider,
      modelIdentifier: model.model_identifier ?? model.name,
      limits: {
        timeoutMs: model.timeout,
        firstTokenTimeoutMs: model.first_token_timeout,
        idleTimeoutMs: model.idle_timeout,
        maxRetries: model.max_retries,
      },
      promptRule: model.prompt_config,
    });
  }
}

async function applyVirtualModels(file: GatewayFile, db: Knex): Promise<void> {
  for (const virtual of file.virtual_models) {
    const id = `virtual_${randomUUID()}`;
    if (virtual.strategy === 'expert') {
      const { name, strategy: _strategy, ...expertRouting } = virtual;
      await saveExpertModel(db, { id, name, expertRouting });
    } else {
      const { name, strategy, targets } = virtual;
      await saveRoutedModel(db, { id, name, strategy, targets: targets.map(toTarget) });
    }
  }
  const virtualModels = await listVirtualModels(db);
  const faults = [
    ...virtualModelFaults(await listModels(db), virtualModels),
    ...classifierFaults(virtualModels),
  ];
  if (faults.length > 0) throw new ConfigurationError(faults.map((fault) => `virtual_models: ${fault}`));
}

function toTarget({ model, weight = 1, on_status_codes: onStatusCodes }: FileTarget): VirtualTarget {
  return { model, weight, onStatusCodes };
}

type FileTarget = Extract<GatewayFile['virtual_models'][number], { targets: unknown }>['targets'][number];

type FileKey = GatewayFile['virtual_keys'][number];

async function applyKeys(
  file: GatewayFile,
  db: Knex,
  hashKey: VirtualKeyHasher,
): Promise<{ name: string; key: Secret }[]> {
  const known = new Set([
    ...(await listModels(db)).map((model) => model.name),
    ...(await listVirtualModels(db)).map((model) => model.name),
  ]);
  const stored = new Map((await listVirtualKeys(db)).map((key) => [key.name, key]));
  const created: { name: string; key: Secret }[] = [];
  for (const key of file.virtual_keys) {
    const missing = key.models?.filter((model) => !known.has(model)) ?? [];
    if (missing.length > 0) {
      throw new ConfigurationError([
        `virtual_keys: ${key.name}: there is no model "${missing.join('", "')}"`,
      ]);
    }
    const existing = stored.get(key.name);
    refuseForeignKey(key, [...stored.values()], hashKey);
    if (existing === undefined) {
      const value = key.key ?? `vk_${randomBytes(24).toString('base64url')}`;
      await insertVirtualKey(db, {
        id: `key_${randomUUID()}`,
        name: key.name,
        ...toChange(key),
        keyHash: hashKey(value),
      });
      if (key.key === undefined) created.push({ name: key.name, key: new Secret(value) });
    } else {
      const keyHash = key.key === undefined ? undefined : hashKey(key.key);
      await updateVirtualKey(db, existing.id, { ...toChange(key), keyHash });
    }
  }
  return created;
}

function refuseForeignKey(key: FileKey, stored: readonly VirtualKey[], hashKey: VirtualKeyHasher): void {
  if (key.key === undefined) return;
  const keyHash = hashKey(key.key);
  const owner = stored.find((other) => other.keyHash === keyHash || other.previous?.keyHash === keyHash);
  if (owner === undefined || owner.name === key.name) return;
  throw new ConfigurationError([
    `virtual_keys: ${key.name}: its key belongs to "${owner.name}"; a key keeps its name, or gets a new value`,
  ]);
}

function toChange(key: FileKey) {
  return {
    models: key.models,
    path: key.path,
    compat: key.compat,
    rpmLimit: key.rate_limit?.rpm,
    tpmLimit: key.rate_limit?.tpm,
    monthlyTokens: key.monthly_budget?.tokens,
    monthlyNanoDollars: toNanoDollars(key.monthly_budget?.dollars),
    cacheEnabled: key.cache,
    disableLogging: key.logging === undefined ? undefined : !key.logging,
    expiresAt: key.expires_at === undefined ? undefined : Date.parse(key.expires_at),
    enabled: key.enabled,
  };
}

function toNanoDollars(dollars: number | undefined): number | undefined {
  return dollars === undefined ? undefined : Math.round(dollars * NANO_DOLLARS);
}

async function applyRollout(file: GatewayFile, db: Knex): Promise<void> {
  if ((await readRollout(db)) !== undefined) return;
  const { enrolled_percent: enrolledPercent, arm_share: armShare } = file.rollout ?? {};
  await writeRollout(db, initialRollout({ enrolledPercent, armShare }, randomBytes(8).toString('hex')));
}
