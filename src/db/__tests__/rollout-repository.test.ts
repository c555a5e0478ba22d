import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { changeRollout, initialRollout } from '../../rollout/rollout-state.ts';
import { changeStoredRollout, readRollout, writeRollout } from '../rollout-repository.ts';

const first = initialRollout({ enrolledPercent: 25, armShare: 0.5 }, 'salt');

describe('the stored rollout', () => {
  it('is none at first, then what was written, flags by name', async () => {
    const { db } = await createMigratedDatabase();
    expect(await readRollout(db)).toBeUndefined();
    await writeRollout(db, first);
    const flags = first.flags.toSorted((a, b) => a.name.localeCompare(b.name));
    expect(await readRollout(db)).toEqual({ ...first, flags });
  });

  it('is overwritten, not doubled', async () => {
    const { db } = await createMigratedDatabase();
    await writeRollout(db, first);
    await writeRollout(db, changeRollout(first, { enrolledPercent: 30 }));
    expect((await readRollout(db))?.flags).toHaveLength(first.flags.length);
    expect(await db('rollout_settings')).toHaveLength(1);
  });

  it('is not read where a flag is not one that the evaluator knows', async () => {
    const { db } = await createMigratedDatabase();
    await writeRollout(db, first);
    await db('flag_definitions').update({ definition: '{"name":"use-litellm","enabled":"yes"}' });
    await expect(readRollout(db)).rejects.toThrow();
  });
});

describe('a change of the stored rollout', () => {
  it('is written and given back', async () => {
    const { db } = await createMigratedDatabase();
    await writeRollout(db, first);
    const changed = await changeStoredRollout(db, (state) => changeRollout(state, { armShare: 1 }), 'olga');
    expect(changed.armShare).toBe(1);
    expect(await readRollout(db)).toEqual(changed);
  });

  it('is refused where nothing is stored', async () => {
    const { db } = await createMigratedDatabase();
    await expect(changeStoredRollout(db, (state) => state, 'olga')).rejects.toThrow();
    expect(await readRollout(db)).toBeUndefined();
  });

  it('leaves everything as it was where it fails', async () => {
    const { db } = await createMigratedDatabase();
    await writeRollout(db, first);
    const before = await readRollout(db);
    const failing = changeStoredRollout(
      db,
      () => {
        throw new Error('no');
      },
      'olga',
    );
    await expect(failing).rejects.toThrow('no');
    expect(await readRollout(db)).toEqual(before);
  });

  it('is not lost to others at the same time', async () => {
    const { db } = await createMigratedDatabase();
    await writeRollout(db, { ...first, armShare: 0 });
    const add = () =>
      changeStoredRollout(db, (state) => ({ ...state, armShare: state.armShare + 0.125 }), 'olga');
    await Promise.all(Array.from({ length: 8 }, add));
    expect((await readRollout(db))?.armShare).toBe(1);
  });

  it('writes before it reads: else a change of another process in between would make it fail', async () => {
    const { db } = await createMigratedDatabase();
    await writeRollout(db, first);
    const statements: string[] = [];
    db.on('query', ({ sql }: { readonly sql: string }) => statements.push(sql.slice(0, 6).toLowerCase()));
    await changeStoredRollout(db, (state) => state, 'olga');
    expect(statements.filter((word) => word === 'select' || word === 'update')[0]).toBe('update');
    expect(statements).toContain('select');
  });
});
