import { createHmac, createSecretKey } from 'node:crypto';
import { deriveKey } from './derive-key.ts';

/**
 * Gives the keyed hash under which a virtual key is stored and looked up. Without the master key a stolen database
 * cannot be searched for guessed keys; and as nobody outside can choose a hash, looking one up in a map tells
 * nothing by its timing.
 */
export type VirtualKeyHasher = (key: string) => string;

/** @param masterKey 32 bytes */
export function createVirtualKeyHasher(masterKey: Buffer): VirtualKeyHasher {
  // A key object is made once; from a buffer Node would make one for each request, at seven times the price.
  const hmacKey = createSecretKey(deriveKey(masterKey, 'virtual-keys'));
  return (key) => createHmac('sha256', hmacKey).update(key).digest('base64url');
}
