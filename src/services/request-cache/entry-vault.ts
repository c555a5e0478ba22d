import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { deriveKey } from '../derive-key.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where an entry lies in a shared store, and how it is sealed there. */
export interface VaultPlace {
  /** Says nothing about the entry to those who do not have the master key, not even whether they guess it right. */
  readonly name: string;
  seal(bytes: Buffer): Buffer;
  /** @throws Error where the bytes were not sealed for this place, or were changed since */
  open(sealed: Buffer): Buffer;
}

/** Gives the place of a cache key. Installations with different master keys never meet in one store. */
export type EntryVault = (key: string) => VaultPlace;

/**
 * Places of entries whose contents are sealed with AES-256-GCM. Each place has a cipher key of its own: an entry that
 * is moved to another name does not open there, and random nonces cannot run out however many entries there are.
 * @param masterKey 32 bytes
 */
export function createEntryVault(masterKey: Buffer): EntryVault {
  const secret = createSecretKey(deriveKey(masterKey, 'request-cache'));
  return (key) => {
    const digest = createHmac('sha512', secret).update(key).digest();
    const cipherKey = digest.subarray(0, KEY_BYTES);
    return {
      name: digest.subarray(KEY_BYTES).toString('base64url'),
      seal: (bytes) => seal(bytes, cipherKey),
      open: (sealed) => open(sealed, cipherKey),
    };
  };
}

function seal(bytes: Buffer, cipherKey: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, cipherKey, nonce);
  const body = [cipher.update(bytes), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...body]);
}

function open(sealed: Buffer, cipherKey: Buffer): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, cipherKey, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}
