import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { storedBytes } from '../../../test/support/test-database.ts';
import { parseGatewayFile } from '../../config/gateway-file.ts';
import { ConfigurationError } from '../../core/configuration-error.ts';
import { Secret } from '../../core/secret.ts';
import { createCredentialCipher } from '../../services/credential-cipher.ts';
import { verifyPassword } from '../../services/password-hash.ts';
import { createVirtualKeyHasher } from '../../services/virtual-key-hasher.ts';
import { applyGatewayFile } from '../apply-gateway-file.ts';
import { checkMasterKey } from '../check-master-key.ts';
import { createFirstAdmin } from '../create-first-admin.ts';
import { findUser } from '../users-repository.ts';

const MASTER_KEY = Buffer.alloc(32, 1);

describe('the database', () => {
  it('holds no key, API key or password in any form that can be read', async () => {
    const { db, location } = await createMigratedDatabase();
    const document = {
      providers: [{ id: 'openai', type: 'openai', api_key: 'sk-openai-secret' }],
      virtual_keys: [{ name: 'spelt-out', key: 'vk-spelt-secret' }, { name: 'made' }],
    };
    const { createdKeys } = await applyGatewayFile(parseGatewayFile(document, 'test', {}), {
      db,
      cipher: createCredentialCipher(MASTER_KEY),
      hashKey: createVirtualKeyHasher(MASTER_KEY),
      allowPrivateUpstreams: false,
      resolveHost: async () => [],
    });
    const password = await createFirstAdmin(db, undefined);
    await checkMasterKey(db, MASTER_KEY);
    const secrets = [
      'sk-openai-secret',
      'vk-spelt-secret',
      createdKeys[0]?.key.reveal() ?? '',
      password?.reveal() ?? '',
      MASTER_KEY.toString('base64'),
    ];
    const bytes = await storedBytes(db, location);
    expect(bytes.includes('spelt-out')).toBe(true);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(12);
      for (const form of [
        secret,
        Buffer.from(secret).toString('base64'),
        Buffer.from(secret).toString('hex'),
      ]) {
        expect(bytes.includes(form)).toBe(false);
      }
    }
    expect(bytes.includes(MASTER_KEY)).toBe(false);
  });
});

describe('checkMasterKey', () => {
  it('accepts the key that the database was first used with, again and again', async () => {
    const { db } = await createMigratedDatabase();
    await checkMasterKey(db, MASTER_KEY);
    await checkMasterKey(db, Buffer.alloc(32, 1));
  });

  it('refuses every other key by the name of the variable, and stays with the first', async () => {
    const { db } = await createMigratedDatabase();
    await checkMasterKey(db, MASTER_KEY);
    const refused = checkMasterKey(db, Buffer.alloc(32, 2));
    await expect(refused).rejects.toThrow(ConfigurationError);
    await expect(refused).rejects.toThrow('ENCRYPTION_KEY');
    await checkMasterKey(db, MASTER_KEY);
  });
});

describe('createFirstAdmin', () => {
  it('takes the configured password and shows nothing', async () => {
    const { db } = await createMigratedDatabase();
    expect(await createFirstAdmin(db, new Secret('the password'))).toBeUndefined();
    const user = await findUser(db, 'admin');
    expect(user).toMatchObject({ username: 'admin', role: 'admin' });
    expect(await verifyPassword('the password', user?.passwordHash ?? '')).toBe(true);
  });

  it('makes a password up where none is configured, and gives it once', async () => {
    const { db } = await createMigratedDatabase();
    const password = await createFirstAdmin(db, undefined);
    expect(password?.reveal()).toMatch(/^[\w-]{20}$/);
    expect(
      await verifyPassword(password?.reveal() ?? '', (await findUser(db, 'admin'))?.passwordHash ?? ''),
    ).toBe(true);
    expect(await createFirstAdmin(db, undefined)).toBeUndefined();
  });

  it('never changes an account that is there', async () => {
    const { db } = await createMigratedDatabase();
    await createFirstAdmin(db, new Secret('first'));
    const before = await findUser(db, 'admin');
    expect(await createFirstAdmin(db, new Secret('second'))).toBeUndefined();
    expect(await findUser(db, 'admin')).toEqual(before);
  });

  it('knows no account of another name', async () => {
    const { db } = await createMigratedDatabase();
    await createFirstAdmin(db, new Secret('first'));
    expect(await findUser(db, 'Admin')).toBeUndefined();
    expect(await findUser(db, '')).toBeUndefined();
  });
});
