import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { listVirtualModels, saveExpertModel, saveRoutedModel } from '../virtual-models-repository.ts';

const targets = [
  { model: 'one', weight: 1, onStatusCodes: [429, 500] },
  { model: 'two', weight: 0.5, onStatusCodes: undefined },
];
const expertRouting = { classifier: { model: 'one' }, experts: [{ id: 'e', category: 'c', model: 'two' }] };

describe('virtual models in the database', () => {
  it('are as they were saved, those with targets first, by name', async () => {
    const { db } = await createMigratedDatabase();
    await saveExpertModel(db, { id: 'virtual_1', name: 'a-smart', expertRouting });
    await saveRoutedModel(db, { id: 'virtual_2', name: 'shared', strategy: 'loadbalance', targets });
    await saveRoutedModel(db, { id: 'virtual_3', name: 'plain', strategy: 'fallback', targets });
    expect(await listVirtualModels(db)).toEqual([
      { id: 'virtual_3', name: 'plain', enabled: true, strategy: 'fallback', targets },
      { id: 'virtual_2', name: 'shared', enabled: true, strategy: 'loadbalance', targets },
      { id: 'virtual_1', name: 'a-smart', enabled: true, strategy: 'expert', targets: [], expertRouting },
    ]);
  });

  it('keep their id, the time of their making and whether they are enabled when they are saved again', async () => {
    const { db } = await createMigratedDatabase();
    await saveRoutedModel(db, { id: 'virtual_1', name: 'v', strategy: 'loadbalance', targets });
    await db('routing_configs').update({ enabled: false, created_at: 5 });
    await saveRoutedModel(db, {
      id: 'virtual_2',
      name: 'v',
      strategy: 'fallback',
      targets: targets.slice(1),
    });
    expect(await listVirtualModels(db)).toEqual([
      { id: 'virtual_1', name: 'v', enabled: false, strategy: 'fallback', targets: targets.slice(1) },
    ]);
    expect(await db('routing_configs').select('created_at')).toEqual([{ created_at: 5 }]);
  });

  it('are one for each name, whether it has targets or experts', async () => {
    const { db } = await createMigratedDatabase();
    const strategies = async () => (await listVirtualModels(db)).map(({ strategy }) => strategy);
    await saveRoutedModel(db, { id: 'virtual_1', name: 'v', strategy: 'fallback', targets });
    await saveExpertModel(db, { id: 'virtual_2', name: 'v', expertRouting });
    expect(await strategies()).toEqual(['expert']);
    await saveRoutedModel(db, { id: 'virtual_3', name: 'v', strategy: 'loadbalance', targets });
    expect(await strategies()).toEqual(['loadbalance']);
  });

  it('have the weight 1 and no statuses where none were stored', async () => {
    const { db } = await createMigratedDatabase();
    const row = { id: 'v', name: 'v', type: 'fallback', created_at: 1, updated_at: 1 };
    await db('routing_configs').insert({ ...row, config: '{"targets":[{"model":"one"}]}' });
    expect(await listVirtualModels(db)).toMatchObject([
      { targets: [{ model: 'one', weight: 1, onStatusCodes: undefined }] },
    ]);
  });
});
