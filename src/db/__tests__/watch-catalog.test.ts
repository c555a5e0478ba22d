import type { Knex } from 'knex';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import type { DatabaseLocation } from '../../core/database-location.ts';
import { connectDatabase } from '../connect-database.ts';
import { readSystemConfig } from '../system-config-repository.ts';
import { bumpCatalogVersion, lockCatalog, watchCatalog } from '../watch-catalog.ts';

/** A second process, as far as the database can tell. */
function connectAgain(location: DatabaseLocation): Knex {
  const db = connectDatabase(location);
  onTestFinished(() => db.destroy());
  return db;
}

/** A watch whose reading can be told to fail or to wait. */
function setUp(db: Knex) {
  const logger = createRecordingLogger();
  const reading = {
    loads: 0,
    running: 0,
    most: 0,
    failure: undefined as Error | undefined,
    gate: Promise.resolve(),
  };
  const load = async () => {
    reading.running += 1;
    reading.most = Math.max(reading.most, reading.running);
    await reading.gate;
    reading.running -= 1;
    if (reading.failure !== undefined) throw reading.failure;
    reading.loads += 1;
  };
  const watch = watchCatalog(db, load, logger);
  onTestFinished(() => watch.stop());
  return { watch, reading, logger };
}

const versionOf = (db: Knex) => readSystemConfig(db, 'catalog_version');

describe('the catalog’s version', () => {
  it('is another one after each change', async () => {
    const { db } = await createMigratedDatabase();
    const versions: (string | undefined)[] = [await versionOf(db)];
    for (let round = 0; round < 3; round += 1) {
      await bumpCatalogVersion(db);
      versions.push(await versionOf(db));
    }
    expect(new Set(versions).size).toBe(4);
  });

  it('is another one for each of two processes that knew the same one before', async () => {
    const { db, location } = await createMigratedDatabase();
    const other = connectAgain(location);
    const seen = new Set<string | undefined>();
    for (let round = 0; round < 20; round += 1) {
      expect(await versionOf(other)).toBe(await versionOf(db));
      for (const each of [db, other]) {
        await bumpCatalogVersion(each);
        seen.add(await versionOf(each));
      }
    }
    expect(seen.size).toBe(40);
  });

  it('goes with the change that is undone', async () => {
    const { db } = await createMigratedDatabase();
    await bumpCatalogVersion(db);
    const before = await versionOf(db);
    const undone = db.transaction(async (transaction) => {
      await bumpCatalogVersion(transaction);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await versionOf(db)).toBe(before);
  });
});

describe('the lock of the catalog', () => {
  it('is of one transaction at a time, be it of the first change ever', async () => {
    const { db, location } = await createMigratedDatabase();
    const other = connectAgain(location);
    await db.transaction(async (first) => {
      await lockCatalog(first);
      const second = other.transaction(async (transaction) => {
        await transaction.raw(SOON[location.engine]);
        await lockCatalog(transaction);
      });
      await expect(second).rejects.toThrow(/locked|lock timeout|Lock wait timeout/);
    });
    await other.transaction(lockCatalog);
  });
});

it('the lock of the catalog lets all that wait for it have it in turn', async () => {
  const { db } = await createMigratedDatabase();
  const changes = Array.from({ length: 40 }, () =>
    db.transaction(async (transaction) => {
      await lockCatalog(transaction);
      await bumpCatalogVersion(transaction);
    }),
  );
  const ended = await Promise.allSettled(changes);
  expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
});

/** Ends a wait for a lock before long. */
const SOON = {
  sqlite: 'PRAGMA busy_timeout = 0',
  postgres: 'SET LOCAL lock_timeout = 200',
  mysql: 'SET innodb_lock_wait_timeout = 1',
};

describe('a watch over the catalog', () => {
  it('reads it at the start, and not again while nothing changes', async () => {
    const { db } = await createMigratedDatabase();
    const { watch, reading } = setUp(db);
    await watch.start();
    await watch.check();
    await watch.check();
    expect(reading.loads).toBe(1);
  });

  it('reads it again when another process has changed it, by itself', async () => {
    const { db, location } = await createMigratedDatabase();
    const { watch, reading } = setUp(db);
    await watch.start();
    await bumpCatalogVersion(connectAgain(location));
    await eventually(() => reading.loads === 2);
    await watch.check();
    expect(reading.loads).toBe(2);
  });

  it('fails at the start where it cannot be read', async () => {
    const { db } = await createMigratedDatabase();
    const { watch, reading } = setUp(db);
    reading.failure = new Error('broken');
    await expect(watch.start()).rejects.toThrow('broken');
  });

  it('tries again what it could not read, until it can, and says so once', async () => {
    const { db } = await createMigratedDatabase();
    const { watch, reading, logger } = setUp(db);
    await watch.start();
    reading.failure = new Error('broken');
    await bumpCatalogVersion(db);
    await expect(watch.check()).rejects.toThrow('broken');
    await expect(watch.check()).rejects.toThrow('broken');
    await eventually(() => logger.entries.length > 0);
    reading.failure = undefined;
    await eventually(() => reading.loads === 2);
    expect(logger.entries).toMatchObject([{ level: 'warn', fields: { err: { message: 'broken' } } }]);
  });

  it('reads one at a time, and what changes meanwhile once more', async () => {
    const { db } = await createMigratedDatabase();
    const { watch, reading } = setUp(db);
    await watch.start();
    const gate = Promise.withResolvers<void>();
    reading.gate = gate.promise;
    await bumpCatalogVersion(db);
    const first = watch.check();
    await eventually(() => reading.running === 1);
    await bumpCatalogVersion(db);
    const others = [watch.check(), watch.check(), watch.check()];
    gate.resolve();
    await Promise.all([first, ...others]);
    expect(reading).toMatchObject({ loads: 3, most: 1 });
  });

  it('ends when what it reads is read, and looks no more', async () => {
    const { db } = await createMigratedDatabase();
    const { watch, reading } = setUp(db);
    await watch.start();
    const gate = Promise.withResolvers<void>();
    reading.gate = gate.promise;
    await bumpCatalogVersion(db);
    const check = watch.check();
    await eventually(() => reading.running === 1);
    const stopped = watch.stop();
    gate.resolve();
    await stopped;
    expect(reading).toMatchObject({ loads: 2, running: 0 });
    await check;
  });
});
