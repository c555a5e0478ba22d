import type { Knex } from 'knex';
import { readSystemConfig } from '../../db/system-config-repository.ts';
import { type AntiBotSettings, readSystemSettings } from '../../db/system-settings-repository.ts';

/** Whose browsers may read answers. */
export interface CorsSettings {
  readonly enabled: boolean;
  /** Origins such as `https://app.example`; undefined for all. */
  readonly allowedOrigins: readonly string[] | undefined;
  /** Whether browsers may send cookies and the like along; counts with named origins only. */
  readonly allowsCredentials: boolean;
}

/** What the guards in front of the endpoints go by, held in memory: they are asked with each request. */
export interface GuardSettings {
  cors(): CorsSettings;
  antiBot(): AntiBotSettings;
  /** Reads them anew. Call it once before the first request, and after each change. */
  refresh(): Promise<void>;
}

const ORIGINS_KEY = 'cors_allowed_origins';
const CREDENTIALS_KEY = 'cors_allow_credentials';

/** Creates the settings; every guard is off until they are read. */
export function createGuardSettings(db: Knex): GuardSettings {
  let cors: CorsSettings = { enabled: false, allowedOrigins: undefined, allowsCredentials: false };
  let antiBot: AntiBotSettings = {
    enabled: false,
    blockBots: false,
    blockSuspicious: false,
    logOnly: false,
    allowedUserAgents: [],
    blockedUserAgents: [],
  };
  return {
    cors: () => cors,
    antiBot: () => antiBot,
    async refresh() {
      const stored = await readSystemSettings(db);
      const allowedOrigins = toList(await readSystemConfig(db, ORIGINS_KEY));
      const allowsCredentials = (await readSystemConfig(db, CREDENTIALS_KEY)) === 'true';
      cors = { enabled: stored.corsEnabled, allowedOrigins, allowsCredentials };
      antiBot = stored.antiBot;
    },
  };
}

/** The entries between commas; undefined where there are none. */
function toList(value = ''): readonly string[] | undefined {
  const entries = value.split(',').map((entry) => entry.trim());
  const named = entries.filter((entry) => entry !== '');
  return named.length > 0 ? named : undefined;
}
