import { expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { connectForTest } from '../../../test/support/test-database.ts';
import { readAtOneMoment } from '../read-at-one-moment.ts';
import { readSystemConfig, writeSystemConfig } from '../system-config-repository.ts';

it('what is read is of one moment, whatever is committed while it is read', async () => {
  const { db, location } = await createMigratedDatabase();
  const other = connectForTest(location);
  await writeSystemConfig(db, 'one', 'old');
  await writeSystemConfig(db, 'another', 'old');
  const read = await readAtOneMoment(db, async (transaction) => {
    const one = await readSystemConfig(transaction, 'one');
    await writeSystemConfig(other, 'one', 'new');
    await writeSystemConfig(other, 'another', 'new');
    return [one, await readSystemConfig(transaction, 'another')];
  });
  expect(read).toEqual(['old', 'old']);
  expect(await readSystemConfig(db, 'another')).toBe('new');
});
