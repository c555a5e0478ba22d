import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { namedKeysOf } from '../../rollout/flag-definition.ts';
import type { ReleaseRules } from '../../rollout/release-rules.ts';
import { changeRollout, initialRollout } from '../../rollout/rollout-state.ts';
import { changeStoredRollout, readRollout, writeRollout } from '../rollout-repository.ts';

const first = initialRollout({ enrolledPercent: 25, armShare: 0.5 }, 'salt');
const RULES: ReleaseRules = {
  runId: 'run_1',
  stepId: 'named',
  sequence: 3,
  scope: { providers: ['openai'], endpoints: ['chat.completions'] },
  armUnit: 'key',
  slow: { firstTokenMs: 2_500, overheadMs: null, tokenMs: null },
  isRecorded: true,
};

describe('the stored rollout', () => {
  it('is none at first, then what was written, flags by name', async () => {
    const { db } = await createMigratedDatabase();
    expect(await readRollout(db)).toBeUndefined();
    await writeRollout(db, first);
    const flags = first.flags.toSorted((a, b) => a.name.localeCompare(b.name));
    expect(await readRollout(db)).toEqual({ ...first, flags });
  });

  it('has the keys that are named and the rules of a release plan', async () => {
    const { db } = await createMigratedDatabase();
    await writeRollout(db, first);
    expect((await readRollout(db))?.rules).toBeUndefined();
    const changed = await changeStoredRollout(
      db,
      (state) => changeRollout(state, { namedKeys: ['key_a'], rules: RULES }),
      'olga',
    );
    expect(changed.rules).toEqual(RULES);
    const stored = await readRollout(db);
    expect(stored).toEqual(changed);
    expect(namedKeysOf(stored?.flags ?? [])).toEqual(['key_a']);
    const [entry] = await db('audit_log').where({ entity: 'rollout' });
    expect(JSON.parse(entry.after)).toEqual({
      enrolled_percent: 25,
      named_keys: ['key_a'],
      arm_share: 0.5,
      run_id: 'run_1',
      step_id: 'named',
    });
  });

  it('is not read where its rules are none', async () => {
    const { db } = await createMigratedDatabase();
    await writeRollout(db, first);
    await db('rollout_settings').update({ rules: '{"runId":7}' });
    await expect(readRollout(db)).rejects.toThrow();
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

  it('that changes nothing is not in the audit log', async () => {
    const { db } = await createMigratedDatabase();
    await writeRollout(db, first);
    const twice = () => changeStoredRollout(db, (state) => changeRollout(state, { rules: RULES }), 'olga');
    expect(await twice()).toEqual(await twice());
    expect(await db('audit_log').where({ entity: 'rollout' })).toHaveLength(1);
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
