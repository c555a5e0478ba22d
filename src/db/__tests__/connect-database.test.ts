import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDatabase, createMigratedDatabase } from '../../../test/support/migrated-database.ts';

describe('connectDatabase', () => {
  it('turns on what the gateway relies on, and makes a file’s folder for its owner alone', async () => {
    const { db, location } = await createDatabase();
    if (location.engine !== 'sqlite') {
      const [{ mode }] =
        location.engine === 'mysql'
          ? (await db.raw('SELECT @@sql_mode AS mode'))[0]
          : [{ mode: 'STRICT_ALL_TABLES' }];
      expect(mode).toContain('STRICT_ALL_TABLES');
      return;
    }
    expect(await db.raw('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }]);
    expect(await db.raw('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(statSync(dirname(location.file)).mode & 0o777).toBe(0o700);
  });

  it('removes the models with their provider', async () => {
    const { db } = await createMigratedDatabase();
    const times = { created_at: 1, updated_at: 1 };
    await db('providers').insert({ id: 'p', type: 'openai', api_key: 'v1:', ...times });
    await db('models').insert({ id: 'm', name: 'm', provider_id: 'p', model_identifier: 'm', ...times });
    await db('providers').where({ id: 'p' }).delete();
    expect(await db('models')).toEqual([]);
  });

  it('keeps names apart that differ by case or accents, and every character of a text', async () => {
    const { db } = await createMigratedDatabase();
    const texts = ['Gpt', 'gpt', 'gpté', 'gpte', 'gpt 🌱'];
    for (const value of texts) await db('system_config').insert({ key: value, value, updated_at: 1 });
    const found: { key: string; value: string }[] = await db('system_config').select('key', 'value');
    expect(found.map(({ key }) => key).toSorted()).toEqual(texts.toSorted());
    expect(found.every(({ key, value }) => key === value)).toBe(true);
    expect(await db('system_config').where({ key: 'GPT' })).toEqual([]);
  });

  it('takes a text of several hundred kilobytes, and refuses what a column does not take', async () => {
    const { db } = await createMigratedDatabase();
    const value = 'é'.repeat(300_000);
    await db('system_config').insert({ key: 'long', value, updated_at: 1 });
    expect((await db('system_config').where({ key: 'long' }).first()).value).toBe(value);
    const row = { key: 'none', value: null, updated_at: 1 };
    await expect(db('system_config').insert(row)).rejects.toThrow();
  });
});
