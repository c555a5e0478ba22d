import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deriveKey } from '../derive-key.ts';
import { createVirtualKeyHasher } from '../virtual-key-hasher.ts';

const MASTER_KEY = Buffer.alloc(32, 1);
const hash = createVirtualKeyHasher(MASTER_KEY);

describe('createVirtualKeyHasher', () => {
  it('gives one hash for one key, across restarts', () => {
    expect(hash('vk-1')).toBe(createVirtualKeyHasher(Buffer.alloc(32, 1))('vk-1'));
  });

  it('gives different keys different hashes', () => {
    expect(new Set(['vk-1', 'vk-2', 'VK-1', 'vk-1 ', ''].map(hash)).size).toBe(5);
  });

  it('cannot be computed without the master key, nor by using it for something else', () => {
    expect(hash('vk-1')).not.toBe(createVirtualKeyHasher(Buffer.alloc(32, 2))('vk-1'));
    expect(hash('vk-1')).not.toBe(createHash('sha256').update('vk-1').digest('base64url'));
    expect(hash('vk-1')).not.toBe(createHmac('sha256', MASTER_KEY).update('vk-1').digest('base64url'));
  });

  it('does not show the key', () => {
    expect(hash('vk-1')).toMatch(/^[\w-]{43}$/);
  });
});

describe('deriveKey', () => {
  it('gives 32 bytes, the same for the same purpose and others for another', () => {
    expect(deriveKey(MASTER_KEY, 'a')).toHaveLength(32);
    expect(deriveKey(MASTER_KEY, 'a')).toEqual(deriveKey(MASTER_KEY, 'a'));
    expect(deriveKey(MASTER_KEY, 'a')).not.toEqual(deriveKey(MASTER_KEY, 'b'));
    expect(deriveKey(MASTER_KEY, 'a')).not.toEqual(MASTER_KEY);
  });
});
