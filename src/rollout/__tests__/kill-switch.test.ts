import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { createKillSwitch } from '../kill-switch.ts';

const note = { reason: 'errors on the new path', actor: 'ada' };
/** Far above the poll, far below what a test may take. */
const BOUND_MS = 5_000;

function create(file = join(temporaryFolder(), 'data', 'kill-switch')) {
  const logger = createRecordingLogger();
  const killSwitch = createKillSwitch(file, logger);
  killSwitch.start();
  onTestFinished(() => killSwitch.stop());
  return { killSwitch, file, logger };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the kill switch', () => {
  it('is not engaged at first, and makes its folder', () => {
    const { killSwitch, file } = create();
    expect(killSwitch.isEngaged()).toBe(false);
    expect(existsSync(dirname(file))).toBe(true);
  });

  it('is engaged and released at once, with who and why in file and log', () => {
    const { killSwitch, file, logger } = create();
    killSwitch.engage(note);
    expect(killSwitch.isEngaged()).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ...note, at: expect.any(Number) });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(file))).toEqual(['kill-switch']);
    killSwitch.release({ reason: 'fixed', actor: 'bob' });
    expect(killSwitch.isEngaged()).toBe(false);
    expect(existsSync(file)).toBe(false);
    expect(logger.entries).toMatchObject([
      { level: 'warn', fields: note },
      { level: 'warn', fields: { reason: 'fixed', actor: 'bob' } },
    ]);
  });

  it('can be engaged twice and released twice', () => {
    const { killSwitch, file } = create();
    killSwitch.engage(note);
    killSwitch.engage({ ...note, reason: 'second' });
    expect(readFileSync(file, 'utf8')).toContain('second');
    killSwitch.release(note);
    killSwitch.release(note);
    expect(killSwitch.isEngaged()).toBe(false);
  });

  it('stays engaged over a restart', () => {
    const { killSwitch, file } = create();
    killSwitch.engage(note);
    killSwitch.stop();
    expect(create(file).killSwitch.isEngaged()).toBe(true);
  });

  it.each([
    ['an empty file', (file: string) => writeFileSync(file, '')],
    ['a file with anything in it', (file: string) => writeFileSync(file, 'stop it')],
    ['a folder', (file: string) => mkdirSync(file)],
    ['a link to nowhere', (file: string) => symlinkSync('nowhere', file)],
  ])('is engaged by %s laid by hand, and released when it is taken away', async (_, lay) => {
    const { killSwitch, file, logger } = create();
    lay(file);
    await eventually(() => killSwitch.isEngaged(), BOUND_MS);
    rmSync(file, { recursive: true });
    await eventually(() => !killSwitch.isEngaged(), BOUND_MS);
    expect(logger.entries.map(({ fields }) => fields.engaged)).toEqual([true, false]);
  });

  it('follows what another process does with the same file', async () => {
    const { killSwitch, file } = create();
    const other = create(file).killSwitch;
    other.engage(note);
    await eventually(() => killSwitch.isEngaged(), BOUND_MS);
    other.release(note);
    await eventually(() => !killSwitch.isEngaged(), BOUND_MS);
  });

  it('is engaged in memory although the file cannot be written, and stays so until it is released', () => {
    vi.useFakeTimers();
    const { killSwitch, file } = create();
    rmSync(dirname(file), { recursive: true });
    expect(() => killSwitch.engage(note)).toThrow();
    expect(killSwitch.isEngaged()).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(killSwitch.isEngaged()).toBe(true);
    killSwitch.release(note);
    vi.advanceTimersByTime(60_000);
    expect(killSwitch.isEngaged()).toBe(false);
  });

  it('writes the file as soon as it can be written', () => {
    vi.useFakeTimers();
    const { killSwitch, file } = create();
    rmSync(dirname(file), { recursive: true });
    expect(() => killSwitch.engage(note)).toThrow();
    mkdirSync(dirname(file));
    vi.advanceTimersByTime(BOUND_MS);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(note);
    expect(killSwitch.isEngaged()).toBe(true);
    rmSync(file);
    vi.advanceTimersByTime(BOUND_MS);
    expect(killSwitch.isEngaged()).toBe(false);
  });

  it('neither looks nor makes a folder before its start', () => {
    const file = join(temporaryFolder(), 'data', 'kill-switch');
    const killSwitch = createKillSwitch(file, createRecordingLogger());
    expect(killSwitch.isEngaged()).toBe(false);
    expect(existsSync(dirname(file))).toBe(false);
  });

  it('stays engaged where the file cannot be removed', () => {
    const { killSwitch, file } = create();
    killSwitch.engage(note);
    rmSync(file);
    mkdirSync(join(file, 'in the way'), { recursive: true });
    expect(() => killSwitch.release(note)).toThrow();
    expect(killSwitch.isEngaged()).toBe(true);
  });

  it('looks no more after the stop', () => {
    vi.useFakeTimers();
    const { killSwitch, file } = create();
    killSwitch.stop();
    writeFileSync(file, '');
    vi.advanceTimersByTime(60_000);
    expect(killSwitch.isEngaged()).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});
