import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { createDatabase, createMigratedDatabase } from '../../../test/support/migrated-database.ts';

describe('connectDatabase', () => {
  it('turns on what the gateway relies on, and makes a file’s folder for its owner alone', async () => {
    const { db, location } = await createDatabase();
    if (location.engine !== 'sqlite') return expectSession(db, location.engine);
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

  it('keeps what was to be written out of its errors', async () => {
    const { db } = await createMigratedDatabase();
    const row = { id: 'u', username: 'ada', password_hash: 'hash-of-ada', role: 'viewer', ...TIMES };
    await db('users').insert(row);
    for (const refused of [
      { ...row, id: 'v' },
      { ...row, id: 'v', username: null },
    ]) {
      const error: unknown = await db('users')
        .insert(refused)
        .catch((fault: unknown) => fault);
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 5, showHidden: true })).not.toContain('hash-of-ada');
    }
  });
});

const TIMES = { created_at: 1, updated_at: 1 };

/** What each connection to a server begins with. */
async function expectSession(db: Knex, engine: 'postgres' | 'mysql'): Promise<void> {
  if (engine === 'postgres') {
    expect((await db.raw('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '5s' }]);
    return;
  }
  const [[session]] = await db.raw(
    'SELECT @@sql_mode AS mode, @@innodb_lock_wait_timeout AS rows_s, @@lock_wait_timeout AS tables_s',
  );
  expect(session).toMatchObject({ mode: expect.stringContaining('STRICT_ALL_TABLES') });
  expect([session.rows_s, session.tables_s]).toEqual([5, 5]);
  expect(session.mode).not.toContain('NO_BACKSLASH_ESCAPES');
}
