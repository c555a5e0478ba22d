import { hkdfSync } from 'node:crypto';

/**
 * A key of 32 bytes for one purpose, so that no two uses share key material (HKDF, RFC 5869).
 * @param masterKey 32 bytes
 * @param purpose constant text that names the use
 */
export function deriveKey(masterKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `banyan/${purpose}`, 32));
}
