import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { ConfigurationError } from '../../core/configuration-error.ts';
import { Secret } from '../../core/secret.ts';
import { loadMasterKey } from '../master-key.ts';

describe('loadMasterKey', () => {
  it('takes the configured key and writes no file', () => {
    const folder = join(temporaryFolder(), 'data');
    const key = Buffer.alloc(32, 9);
    expect(loadMasterKey(new Secret(key.toString('base64')), folder, createRecordingLogger())).toEqual(key);
    expect(() => statSync(folder)).toThrow();
  });

  it('makes a key in a folder of its own on the first start, for the owner alone, and says so', () => {
    const folder = join(temporaryFolder(), 'data');
    const logger = createRecordingLogger();
    const key = loadMasterKey(undefined, folder, logger);
    expect(key).toHaveLength(32);
    expect(statSync(join(folder, 'encryption.key')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(logger.entries).toMatchObject([
      { level: 'warn', fields: { file: join(folder, 'encryption.key') } },
    ]);
    expect(JSON.stringify(logger.entries)).not.toContain(key.toString('base64'));
  });

  it('is for the owner alone whatever the umask is', () => {
    const folder = temporaryFolder();
    const before = process.umask(0);
    try {
      loadMasterKey(undefined, folder, createRecordingLogger());
    } finally {
      process.umask(before);
    }
    expect(statSync(join(folder, 'encryption.key')).mode & 0o777).toBe(0o600);
  });

  it('uses the same key again, without a further warning', () => {
    const folder = temporaryFolder();
    const first = loadMasterKey(undefined, folder, createRecordingLogger());
    const logger = createRecordingLogger();
    expect(loadMasterKey(undefined, folder, logger)).toEqual(first);
    expect(logger.entries).toEqual([]);
  });

  it('makes different keys in different folders', () => {
    const keys = [1, 2].map(() => loadMasterKey(undefined, temporaryFolder(), createRecordingLogger()));
    expect(keys[0]).not.toEqual(keys[1]);
  });

  it('reads a file that was written by hand, without a line end or with several', () => {
    const folder = temporaryFolder();
    const key = Buffer.alloc(32, 3);
    for (const end of ['', '\n', '\r\n\n']) {
      writeFileSync(join(folder, 'encryption.key'), key.toString('base64') + end);
      expect(loadMasterKey(undefined, folder, createRecordingLogger())).toEqual(key);
    }
  });

  it.each([
    ['nothing', ''],
    ['too little', Buffer.alloc(31).toString('base64')],
    ['too much', Buffer.alloc(33).toString('base64')],
    ['something else', 'not a key'],
  ])('refuses a file that holds %s, and leaves it alone', (_, content) => {
    const folder = temporaryFolder();
    const file = join(folder, 'encryption.key');
    writeFileSync(file, content);
    chmodSync(file, 0o600);
    const load = () => loadMasterKey(undefined, folder, createRecordingLogger());
    expect(load).toThrow(ConfigurationError);
    expect(load).toThrow(file);
    expect(readFileSync(file, 'utf8')).toBe(content);
  });
});
