import { describe, expect, it, onTestFinished } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import type { ModelPreset, PresetUpdate } from '../../services/model-presets/model-preset.ts';
import { connectDatabase } from '../connect-database.ts';
import { createPresetLoader } from '../load-model-presets.ts';
import {
  claimPresetsDue,
  listPresets,
  readStoredPresets,
  replacePresets,
  setPresetsDue,
} from '../model-presets-repository.ts';
import { isUniqueViolation } from '../unique-violation.ts';

const FULL: ModelPreset = {
  name: 'openrouter/Some/Model',
  provider: 'openrouter',
  mode: 'chat',
  maxInputTokens: 1_000_000,
  maxOutputTokens: 64_000,
  rates: {
    prompt: 3_000_000_000,
    cached: 0,
    cacheWrite: 3_750_000_000,
    completion: 100_000_000_000_000,
    reasoning: 1,
  },
  longPrompts: [{ above: 200_000, prompt: 6_000_000_000, completion: 1 }],
  hasOtherTokens: true,
  supports: ['function_calling', 'vision'],
};
const BARE: ModelPreset = { name: 'bare', rates: {}, longPrompts: [], hasOtherTokens: false, supports: [] };

const updateOf = (presets: readonly ModelPreset[]): PresetUpdate => ({
  presets,
  source: 'https://list.example/prices.json',
  updatedAt: 1_700_000_000_000,
  skipped: 3,
});

describe('the stored presets', () => {
  it('are none before a list was fetched', async () => {
    const { db } = await createMigratedDatabase();
    expect([await readStoredPresets(db), await listPresets(db)]).toEqual([undefined, []]);
  });

  it('are what was stored, every field of it', async () => {
    const { db } = await createMigratedDatabase();
    const stored = await db.transaction((transaction) => replacePresets(transaction, updateOf([BARE, FULL])));
    expect(await listPresets(db)).toEqual([BARE, FULL]);
    expect(await readStoredPresets(db)).toEqual(stored);
    expect(stored).toMatchObject({
      source: 'https://list.example/prices.json',
      updatedAt: 1_700_000_000_000,
      total: 2,
      skipped: 3,
    });
  });

  it('are replaced as a whole, by more than fit into one statement', async () => {
    const { db } = await createMigratedDatabase();
    const many = Array.from({ length: 2_500 }, (_, index) => ({ ...BARE, name: `m-${index}` }));
    const first = await db.transaction((transaction) => replacePresets(transaction, updateOf([FULL])));
    const second = await db.transaction((transaction) => replacePresets(transaction, updateOf(many)));
    expect((await listPresets(db)).map(({ name }) => name).toSorted()).toEqual(
      many.map(({ name }) => name).toSorted(),
    );
    expect(second.version).not.toBe(first.version);
  });

  it('stay as they were where they cannot be replaced', async () => {
    const { db } = await createMigratedDatabase();
    const stored = await db.transaction((transaction) => replacePresets(transaction, updateOf([FULL])));
    const failing = db.transaction((transaction) => replacePresets(transaction, updateOf([BARE, BARE])));
    await expect(failing).rejects.toSatisfy(isUniqueViolation);
    expect(await listPresets(db)).toEqual([FULL]);
    expect(await readStoredPresets(db)).toEqual(stored);
  });
});

describe('what brings them into memory', () => {
  it('does so when they have changed, and at no other time', async () => {
    const { db } = await createMigratedDatabase();
    const brought: (readonly string[] | undefined)[] = [];
    const load = createPresetLoader(db, {
      replace: (update) => brought.push(update?.presets.map(({ name }) => name)),
    });
    await load();
    expect(brought).toEqual([]);
    await db.transaction((transaction) => replacePresets(transaction, updateOf([FULL])));
    await load();
    await load();
    expect(brought).toEqual([[FULL.name]]);
    await db.transaction((transaction) => replacePresets(transaction, updateOf([BARE])));
    await load();
    expect(brought).toEqual([[FULL.name], [BARE.name]]);
  });

  it('tries again where they could not be read', async () => {
    const { db } = await createMigratedDatabase();
    const brought: unknown[] = [];
    const load = createPresetLoader(db, { replace: (update) => brought.push(update) });
    await db.transaction((transaction) => replacePresets(transaction, updateOf([BARE])));
    await db('model_presets').update({ supports: '{}' });
    await expect(load()).rejects.toThrow();
    await db('model_presets').update({ supports: '[]' });
    await load();
    expect(brought).toMatchObject([{ presets: [BARE], skipped: 3 }]);
  });
});

describe('whose turn it is to fetch them', () => {
  it('is one process’s of all that ask, and of nobody before it is time again', async () => {
    const { db, location } = await createMigratedDatabase();
    const other = connectDatabase(location);
    onTestFinished(() => other.destroy());
    const ask = (now: number) =>
      Promise.all([db, other, db, other].map((each) => claimPresetsDue(each, now, now + 1_000)));
    for (const now of [5_000, 6_000, 60_000]) {
      const turns = await ask(now);
      expect(turns.filter(Boolean), `at ${now}`).toHaveLength(1);
      expect(await ask(now + 999)).toEqual([false, false, false, false]);
    }
  });

  it('is nobody’s for as long as an update says', async () => {
    const { db } = await createMigratedDatabase();
    await setPresetsDue(db, 10_000);
    expect(await claimPresetsDue(db, 9_999, 20_000)).toBe(false);
    expect(await claimPresetsDue(db, 10_000, 20_000)).toBe(true);
  });
});
