import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { EXPAND } from '../../../src/db/migration-ledgers.ts';
import { startGatewayProcess } from '../../support/gateway-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { connectForTest, databaseOf, databaseUrlOf, dropDatabaseOf } from '../../support/test-database.ts';

const PROCESSES = 3;

it('processes that start at once on an empty database: one migrates it, and all serve', async () => {
  const folder = temporaryFolder();
  const location = await databaseOf(folder);
  onTestFinished(() => dropDatabaseOf(folder));
  const env = {
    DATABASE_URL: databaseUrlOf(location),
    ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    PORTKEY_GATEWAY_URL: 'off',
    USE_LITELLM: 'true',
  };
  const starting = Array.from({ length: PROCESSES }, () =>
    startGatewayProcess({ ...env, DATA_DIR: temporaryFolder() }),
  );
  const started = await Promise.allSettled(starting);
  onTestFinished(async () => {
    for (const one of started) {
      if (one.status === 'rejected' || one.value.child.exitCode !== null) continue;
      one.value.child.kill('SIGTERM');
      await once(one.value.child, 'exit');
    }
  });
  expect(started.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))).toEqual([]);
  const db = connectForTest(location);
  expect(await db(EXPAND.tableName).pluck('name')).toEqual(EXPAND.migrations.map(({ name }) => name));
  expect(await db('users').pluck('username')).toEqual(['admin']);
  expect(await db('rollout_settings').pluck('id')).toEqual([1]);
  // The password of the one admin there is was shown once.
  const lines = started.flatMap((one) => (one.status === 'fulfilled' ? one.value.lines : []));
  expect(lines.filter((line) => line.toLowerCase().includes('password'))).toHaveLength(1);
});
