import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../../test/support/migrated-database.ts';
import { writeSystemConfig } from '../../../db/system-config-repository.ts';
import { writeSystemSettings } from '../../../db/system-settings-repository.ts';
import { createGuardSettings } from '../guard-settings.ts';

describe('createGuardSettings', () => {
  it('has every guard off until it is read', async () => {
    const { db } = await createMigratedDatabase();
    await writeSystemSettings(db, { corsEnabled: true, antiBot: { enabled: true } });
    const settings = createGuardSettings(db);
    expect(settings.cors().enabled).toBe(false);
    expect(settings.antiBot().enabled).toBe(false);
    await settings.refresh();
    expect(settings.cors()).toEqual({ enabled: true, allowedOrigins: undefined, allowsCredentials: false });
    expect(settings.antiBot().enabled).toBe(true);
  });

  it('reads the origins that are named, and whether they may send credentials', async () => {
    const { db } = await createMigratedDatabase();
    await writeSystemConfig(db, 'cors_allowed_origins', 'https://a.example, ,https://b.example');
    await writeSystemConfig(db, 'cors_allow_credentials', 'true');
    const settings = createGuardSettings(db);
    await settings.refresh();
    expect(settings.cors()).toEqual({
      enabled: false,
      allowedOrigins: ['https://a.example', 'https://b.example'],
      allowsCredentials: true,
    });
  });
});
