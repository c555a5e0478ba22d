import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from '../password-hash.ts';

describe('verifyPassword', () => {
  it.each(['correct horse', '', 'пароль 🔑', 'a:b:c'])(
    'accepts the password that was hashed, and no other: %j',
    async (password) => {
      const stored = await hashPassword(password);
      expect(await verifyPassword(password, stored)).toBe(true);
      expect(await verifyPassword(`${password}x`, stored)).toBe(false);
      expect(await verifyPassword(password.toUpperCase() || 'x', stored)).toBe(false);
    },
  );

  it.each([
    ['nothing', ''],
    ['a plain password', 'correct horse'],
    ['another scheme', 'bcrypt:AAAA:AAAA'],
    ['no hash', 'scrypt:AAAA'],
    ['an empty hash', 'scrypt:AAAA:'],
    ['a hash that is no base64', 'scrypt:AAAA:!!'],
  ])('accepts no password at all where %s is stored', async (_, stored) => {
    expect(await verifyPassword('correct horse', stored)).toBe(false);
    expect(await verifyPassword('', stored)).toBe(false);
  });
});

describe('hashPassword', () => {
  it('salts: the same password is stored differently each time', async () => {
    expect(await hashPassword('same')).not.toBe(await hashPassword('same'));
  });

  it('stores a salt of 16 bytes and a hash of 32, and nothing of the password', async () => {
    const [scheme, salt, hash] = (await hashPassword('correct horse')).split(':');
    expect(scheme).toBe('scrypt');
    expect(Buffer.from(salt ?? '', 'base64')).toHaveLength(16);
    expect(Buffer.from(hash ?? '', 'base64')).toHaveLength(32);
    expect(Buffer.from(hash ?? '', 'base64').toString('latin1')).not.toContain('horse');
  });
});
