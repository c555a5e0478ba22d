import type { Knex } from 'knex';
import { ConfigurationError } from '../core/configuration-error.ts';
import { deriveKey } from '../services/derive-key.ts';
import { readSystemConfig, writeSystemConfig } from './system-config-repository.ts';

const SETTING = 'encryption_key_check';

/**
 * Makes sure that this database was written with this key: with another one every stored credential would be
 * unreadable and every virtual key unknown.
 * @throws ConfigurationError where it was not
 */
export async function checkMasterKey(db: Knex, masterKey: Buffer): Promise<void> {
  const check = deriveKey(masterKey, 'key-check').toString('base64');
  const stored = await readSystemConfig(db, SETTING);
  if (stored === undefined) return writeSystemConfig(db, SETTING, check);
  if (stored !== check) {
    throw new ConfigurationError(['ENCRYPTION_KEY: is not the key that this database was written with']);
  }
}
