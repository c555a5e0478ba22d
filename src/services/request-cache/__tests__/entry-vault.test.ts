import { describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry } from '../entry-codec.ts';
import { createEntryVault } from '../entry-vault.ts';
import { entryOf, FULL_ENTRY } from './cache-entries.ts';

const TEXT = 'what a model said';
const BYTES = Buffer.from(TEXT);
const placeOf = createEntryVault(Buffer.alloc(32, 1));
const place = placeOf('key');
const sealed = place.seal(BYTES);

/** The bytes with one bit turned. */
function tampered(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

describe('the place of an entry', () => {
  it('opens what was sealed for it, after a restart with the same master key as well', () => {
    expect(place.open(sealed)).toEqual(BYTES);
    const again = createEntryVault(Buffer.alloc(32, 1))('key');
    expect(again.name).toBe(place.name);
    expect(again.open(sealed)).toEqual(BYTES);
  });

  it('shows nothing of the entry, and seals it differently each time', () => {
    expect(sealed.includes(TEXT)).toBe(false);
    expect(place.seal(BYTES)).not.toEqual(sealed);
  });

  it('has a name that says nothing of the key', () => {
    expect(place.name).toMatch(/^[\w-]{43}$/);
    expect(placeOf('other').name).not.toBe(place.name);
  });

  it.each([
    ['what was sealed for another place', placeOf('other').seal(BYTES)],
    ['what another master key sealed', createEntryVault(Buffer.alloc(32, 2))('key').seal(BYTES)],
    ['a changed nonce', tampered(sealed, 0)],
    ['a changed tag', tampered(sealed, 12)],
    ['changed content', tampered(sealed, 28)],
    ['a shortened entry', sealed.subarray(0, -1)],
    ['a shortened tag', sealed.subarray(0, 20)],
    ['nothing', Buffer.alloc(0)],
    ['plain text', BYTES],
  ])('refuses %s', (_what, bytes) => {
    expect(() => place.open(bytes)).toThrow();
  });

  it('of another installation has another name', () => {
    expect(createEntryVault(Buffer.alloc(32, 2))('key').name).not.toBe(place.name);
  });
});

describe('an entry as bytes', () => {
  it.each([
    ['a full one', FULL_ENTRY],
    ['one with little in it', entryOf('x')],
    ['one without a body', entryOf('', { chunks: [] })],
  ])('is the same afterwards: %s', (_what, entry) => {
    expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a head', encodeEntry(FULL_ENTRY).subarray(0, 20)],
    ['a head of another version', Buffer.concat([Buffer.from([0, 0, 0, 12]), Buffer.from('{"status":1}')])],
  ])('is refused when it is %s', (_what, bytes) => {
    expect(() => decodeEntry(bytes)).toThrow();
  });
});
