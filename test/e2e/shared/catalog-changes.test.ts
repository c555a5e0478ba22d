import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import { listModels, saveModel } from '../../../src/db/models-repository.ts';
import { listProviders, saveProvider } from '../../../src/db/providers-repository.ts';
import {
  insertVirtualKey,
  listVirtualKeys,
  updateVirtualKey,
  type VirtualKeyChange,
} from '../../../src/db/virtual-keys-repository.ts';
import { saveRoutedModel } from '../../../src/db/virtual-models-repository.ts';
import { bumpCatalogVersion } from '../../../src/db/watch-catalog.ts';
import { createCredentialCipher } from '../../../src/services/credential-cipher.ts';
import { createVirtualKeyHasher } from '../../../src/services/virtual-key-hasher.ts';
import { KEYS, PROVIDER_KEY } from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { startGateway } from '../../support/running-gateway.ts';
import { askModel, completion, type RoutedGateway, startRoutedGateway } from './routed-gateway.ts';

const MASTER_KEY = Buffer.alloc(32, 7);
const ENV = { ENCRYPTION_KEY: MASTER_KEY.toString('base64'), PORTKEY_GATEWAY_URL: 'off' };
const cipher = createCredentialCipher(MASTER_KEY);
const hashKey = createVirtualKeyHasher(MASTER_KEY);

let gateway: RoutedGateway;
/** As another process has the same database open. */
let db: Knex;
beforeAll(async () => {
  gateway = await startRoutedGateway([{ models: [{ name: 'gpt', provider: 'first' }] }], { env: ENV });
  db = connectDatabase(gateway.database);
});
afterAll(async () => {
  await db.destroy();
  await gateway.stop();
});
beforeEach(() => {
  gateway.first.answerJson(completion('from the first'));
  gateway.second.answerJson(completion('from the second'));
});
afterEach(() => void vi.useRealTimers());

/** Makes a change as another process does: all of it or nothing. */
function change(work: (transaction: Knex) => Promise<unknown>): Promise<void> {
  return db.transaction(async (transaction) => {
    await work(transaction);
    await bumpCatalogVersion(transaction);
  });
}

async function addKey(name: string, fields: VirtualKeyChange = {}): Promise<{ id: string; key: string }> {
  const [id, key] = [`key_${name}`, `vk-changes-${name}`];
  await change((transaction) =>
    insertVirtualKey(transaction, { ...fields, id, name, keyHash: hashKey(key), path: 'litellm' }),
  );
  await untilStatus(200, key);
  return { id, key };
}

const statusOf = async (key: string, model = 'gpt') => (await askModel(gateway, key, model)).status;
const untilStatus = (status: number, key: string, model?: string) =>
  eventually(async () => (await statusOf(key, model)) === status);

async function listed(key: string): Promise<string> {
  const response = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  return response.text();
}

describe('a change by another process reaches the running gateway: it', () => {
  it('takes a new key, refuses it when it is disabled, and takes it again', async () => {
    const { id, key } = await addKey('switched');
    await change((transaction) => updateVirtualKey(transaction, id, { enabled: false }));
    await untilStatus(403, key);
    expect((await askModel(gateway, key, 'gpt')).text).toContain('api_key_disabled');
    await change((transaction) => updateVirtualKey(transaction, id, { enabled: true }));
    await untilStatus(200, key);
  });

  it('refuses a key whose time is set to be over, and what it may no longer call', async () => {
    const { id, key } = await addKey('narrowed');
    await change((transaction) => updateVirtualKey(transaction, id, { models: ['nothing'] }));
    await untilStatus(404, key);
    expect(await listed(key)).not.toContain('gpt');
    await change((transaction) => updateVirtualKey(transaction, id, { expiresAt: 1, models: null }));
    await untilStatus(403, key);
  });

  it('uses the new key of a provider, and never the old one behind the first use of the new', async () => {
    const [first] = await listProviders(db, cipher);
    if (first === undefined) throw new Error('There is no provider.');
    await change((transaction) =>
      saveProvider(transaction, cipher, { ...first, apiKey: new Secret('sk-rotated-0123456789') }),
    );
    const keys = () => gateway.first.requests.map(({ headers }) => headers.authorization);
    await eventually(async () => {
      expect(await statusOf(KEYS.litellm)).toBe(200);
      return keys().at(-1) === 'Bearer sk-rotated-0123456789';
    });
    for (let round = 0; round < 3; round += 1) await statusOf(KEYS.litellm);
    const switchedAt = keys().indexOf('Bearer sk-rotated-0123456789');
    expect(new Set(keys().slice(0, switchedAt))).toEqual(
      switchedAt === 0 ? new Set() : new Set([`Bearer ${PROVIDER_KEY}`]),
    );
    expect(new Set(keys().slice(switchedAt)).size).toBe(1);
  });

  it('routes to a new model, real or virtual, and to none that is disabled', async () => {
    const model = {
      id: 'model_new',
      name: 'new',
      providerId: 'second',
      modelIdentifier: 'new-2024',
      limits: {},
    };
    await change(async (transaction) => {
      await saveModel(transaction, model);
      const targets = [{ model: 'new', weight: 1 }];
      await saveRoutedModel(transaction, { id: 'virtual_new', name: 'smart', strategy: 'fallback', targets });
    });
    await untilStatus(200, KEYS.litellm, 'new');
    expect((await askModel(gateway, KEYS.litellm, 'smart')).text).toContain('from the second');
    expect(JSON.parse(await listed(KEYS.litellm))).toMatchObject({
      data: [{ id: 'gpt' }, { id: 'new' }, { id: 'smart' }],
    });
    await change((transaction) => transaction('models').where({ name: 'new' }).update({ enabled: false }));
    await untilStatus(404, KEYS.litellm, 'new');
    // R9: nor to what stands for nothing else.
    expect(await statusOf(KEYS.litellm, 'smart')).toBe(404);
    expect(await listed(KEYS.litellm)).not.toMatch(/new|smart/);
  });

  it('R9 neither lists nor routes to the models of a provider that is disabled', async () => {
    const disable = (enabled: boolean) => (transaction: Knex) =>
      transaction('providers').where({ id: 'first' }).update({ enabled });
    await change(disable(false));
    await untilStatus(404, KEYS.litellm);
    expect(await listed(KEYS.litellm)).not.toContain('gpt');
    await change(disable(true));
    await untilStatus(200, KEYS.litellm);
    expect(await listed(KEYS.litellm)).toContain('gpt');
  });

  it('takes the old key beside the new one until its rotation is over', async () => {
    const { id, key } = await addKey('rotated');
    const next = 'vk-changes-rotated-next';
    await change((transaction) =>
      updateVirtualKey(transaction, id, {
        keyHash: hashKey(next),
        previousKeyHash: hashKey(key),
        previousExpiresAt: Date.now() + 3_600_000,
      }),
    );
    await untilStatus(200, next);
    expect(await statusOf(key)).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_001 });
    expect(await statusOf(key)).toBe(401);
    expect(await statusOf(next)).toBe(200);
  });

  it('learns what a gateway that starts beside it applies from its file', async () => {
    const other = await startGateway({
      dataDir: gateway.dataDir,
      env: ENV,
      file: { virtual_keys: [{ name: 'late', key: 'vk-changes-late-1', path: 'litellm' }] },
    });
    try {
      await untilStatus(200, 'vk-changes-late-1');
    } finally {
      await other.stop();
    }
  });

  it('goes on with what it knows while the database cannot be read, and reads it when it can', async () => {
    const { id, key } = await addKey('broken');
    await change((transaction) => transaction('virtual_keys').where({ id }).update({ path: 'nowhere' }));
    await eventually(() => gateway.logLines.some((line) => line.includes('the catalog cannot be read')));
    expect(await statusOf(key)).toBe(200);
    // No further version is needed for it to be read again.
    await db('virtual_keys').where({ id }).update({ path: 'litellm', enabled: false });
    await untilStatus(403, key);
  });

  it('has in the end what the database has', async () => {
    const [models, keys] = [await listModels(db), await listVirtualKeys(db)];
    expect(models.map(({ name }) => name)).toEqual(['gpt', 'new']);
    expect(keys.map(({ name }) => name)).toContain('late');
  });
});
