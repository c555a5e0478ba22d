import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Secret } from '../core/secret.ts';
import { deriveKey } from './derive-key.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 'v1';

/** Seals provider keys for storage: AES-256-GCM, a fresh nonce each time, the format's version in front. */
export interface CredentialCipher {
  seal(secret: Secret): string;
  /** @throws Error where the text was not sealed with this key, or was changed since. */
  open(sealed: string): Secret;
}

/** @param masterKey 32 bytes */
export function createCredentialCipher(masterKey: Buffer): CredentialCipher {
  const key = deriveKey(masterKey, 'provider-credentials');
  return {
    seal(secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const text = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
      return `${FORMAT}:${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')}`;
    },
    open(sealed) {
      const [format, payload] = sealed.split(':');
      if (format !== FORMAT || payload === undefined)
        throw new Error('A stored credential has an unknown format.');
      const bytes = Buffer.from(payload, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text = Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
        decipher.final(),
      ]);
      return new Secret(text.toString('utf8'));
    },
  };
}
