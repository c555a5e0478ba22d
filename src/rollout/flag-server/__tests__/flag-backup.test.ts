import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { createFlagBackup } from '../flag-backup.ts';
import { flagSnapshot } from '../flag-snapshot.ts';

const known = {
  snapshot: flagSnapshot.parse({
    features: [
      {
        name: 'use-litellm',
        enabled: true,
        strategies: [{ name: 'flexibleRollout', parameters: { rollout: '52' }, segments: [7] }],
      },
    ],
    segments: [{ id: 7, constraints: [] }],
  }),
  confirmedAt: 1_700_000_000_000,
};

function setUp(folder = temporaryFolder()) {
  const file = join(folder, 'flags.json');
  const logger = createRecordingLogger();
  return { folder, file, logger, backup: createFlagBackup(file, 'https://flags production', logger) };
}

describe('the backup', () => {
  it('gives back what was kept, segments and all, to its owner only', () => {
    const { backup, file, folder } = setUp();
    backup.write(known);
    expect(backup.read()).toMatchObject(known);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['flags.json']);
  });

  it('is none before the first, without a word', () => {
    const { backup, logger } = setUp();
    expect(backup.read()).toBeUndefined();
    expect(logger.entries).toEqual([]);
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, -20)],
    ['empty', () => ''],
    ['of another shape', () => '{"features":[]}'],
    ['without strategies', (text: string) => text.replace('"strategies"', '"strategy"')],
  ])('is not used where it is %s', (_, damage) => {
    const { backup, file, logger } = setUp();
    backup.write(known);
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    expect(backup.read()).toBeUndefined();
    expect(logger.entries).toMatchObject([{ level: 'warn' }]);
  });

  it('is not used for another server or environment', () => {
    const { backup, file, logger } = setUp();
    backup.write(known);
    expect(createFlagBackup(file, 'https://flags staging', logger).read()).toBeUndefined();
    expect(backup.read()).toBeDefined();
  });

  it('is gone where the next cannot be written: the old one may allow more', () => {
    const { backup, file, folder, logger } = setUp();
    backup.write(known);
    // Where the draft would be written.
    mkdirSync(join(folder, `flags.json.${process.pid}.new`));
    backup.write(known);
    expect(existsSync(file)).toBe(false);
    expect(logger.entries.filter(({ level }) => level === 'warn')).not.toEqual([]);
  });

  it('throws nothing where nothing can be written at all', () => {
    const { backup } = setUp(join(temporaryFolder(), 'missing'));
    expect(() => backup.write(known)).not.toThrow();
    expect(backup.read()).toBeUndefined();
  });
});
