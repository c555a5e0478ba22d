import { describe, expect, it } from 'vitest';
import { Secret } from '../../core/secret.ts';
import { createCredentialCipher } from '../credential-cipher.ts';

const VALUE = 'sk-live-0123456789';
const cipher = createCredentialCipher(Buffer.alloc(32, 1));
const sealed = cipher.seal(new Secret(VALUE));

/** The sealed text with one bit of its payload turned. */
function tampered(text: string, at: number): string {
  const [format, payload = ''] = text.split(':');
  const bytes = Buffer.from(payload, 'base64');
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return `${format}:${bytes.toString('base64')}`;
}

describe('createCredentialCipher', () => {
  it.each([VALUE, '', 'ключ 🔑', 'k'.repeat(10_000)])('opens what it sealed: %#', (value) => {
    expect(cipher.open(cipher.seal(new Secret(value))).reveal()).toBe(value);
  });

  it('opens it again after a restart with the same key', () => {
    expect(createCredentialCipher(Buffer.alloc(32, 1)).open(sealed).reveal()).toBe(VALUE);
  });

  it('seals the same secret differently each time', () => {
    const all = Array.from({ length: 100 }, () => cipher.seal(new Secret(VALUE)));
    expect(
      new Set(all.map((text) => Buffer.from(text.slice(3), 'base64').subarray(0, 12).toString('hex'))).size,
    ).toBe(100);
  });

  it('shows nothing of the secret in what it seals', () => {
    expect(sealed).toMatch(/^v1:/);
    expect(sealed).not.toContain(VALUE);
    expect(Buffer.from(sealed.slice(3), 'base64').toString('latin1')).not.toContain('live');
  });

  it.each([
    ['nonce', 0],
    ['tag', 12],
    ['tag’s last byte', 27],
    ['text', 28],
    ['last byte', 28 + VALUE.length - 1],
  ])('refuses a changed %s', (_, at) => {
    expect(() => cipher.open(tampered(sealed, at))).toThrow();
  });

  it.each([
    ['another format', sealed.replace('v1:', 'v2:')],
    ['no format', sealed.slice(3)],
    ['nothing', ''],
    ['only the format', 'v1:'],
    ['a shortened tag', `v1:${Buffer.from(sealed.slice(3), 'base64').subarray(0, 20).toString('base64')}`],
    ['a plain key', VALUE],
  ])('refuses %s', (_, text) => {
    expect(() => cipher.open(text)).toThrow();
  });

  it('refuses what another key sealed', () => {
    expect(() => createCredentialCipher(Buffer.alloc(32, 2)).open(sealed)).toThrow();
  });
});
