import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../core/configuration-error.ts';
import type { Logger } from '../core/logger.ts';
import type { Secret } from '../core/secret.ts';

const KEY_FILE = 'encryption.key';

/**
 * The key that everything at rest is protected with: the configured one, else the one in the data folder, which is
 * made on the first start.
 * @returns 32 bytes
 * @throws ConfigurationError where the file holds no such key
 */
export function loadMasterKey(configured: Secret | undefined, dataDir: string, logger: Logger): Buffer {
  if (configured !== undefined) return Buffer.from(configured.reveal(), 'base64');
  const file = join(dataDir, KEY_FILE);
  if (!existsSync(file)) createKeyFile(file, dataDir, logger);
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (key.length !== 32) throw new ConfigurationError([`${file} does not hold 32 bytes in base64`]);
  return key;
}

function createKeyFile(file: string, dataDir: string, logger: Logger): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(file, 0o600);
  logger.warn(
    { file },
    'ENCRYPTION_KEY is not set: a key was made. Back this file up, or provider keys are lost with it.',
  );
}
