import type { Knex } from 'knex';
import { z } from 'zod';
import { writeSystemConfig } from './system-config-repository.ts';

/** What is set for the whole installation. */
export interface SystemSettings {
  /** Whether anybody may make an account, as a viewer. */
  readonly allowRegistration: boolean;
  /** Whether browsers of other origins may call the gateway. */
  readonly corsEnabled: boolean;
  /** Where the gateway is reached from outside; empty where nothing is set. */
  readonly publicUrl: string;
  /** Whether `/v1/model/info` is served. */
  readonly litellmCompatEnabled: boolean;
  /** How many days the request log keeps what was asked and answered; 0 for not at all. */
  readonly requestBodyDays: number;
  /** Where the list of prices is fetched from. */
  readonly modelPresetsUrl: string;
  /** Whether it is fetched anew every day. */
  readonly modelPresetsAutoUpdate: boolean;
  readonly antiBot: AntiBotSettings;
}

/** Which clients are refused by their `User-Agent`. */
export interface AntiBotSettings {
  readonly enabled: boolean;
  readonly blockBots: boolean;
  readonly blockSuspicious: boolean;
  readonly logOnly: boolean;
  readonly allowedUserAgents: readonly string[];
  readonly blockedUserAgents: readonly string[];
}

/** The fields that a change names. */
export type SystemSettingsChange = {
  readonly [K in Exclude<keyof SystemSettings, 'antiBot'>]?: SystemSettings[K] | undefined;
} & {
  readonly antiBot?: { readonly [K in keyof AntiBotSettings]?: AntiBotSettings[K] | undefined } | undefined;
};

const DEFAULT_BODY_DAYS = 7;

/** LiteLLM's, which the community keeps. */
const DEFAULT_PRESETS_URL =
  'https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json';

const rows = z.array(z.object({ key: z.string(), value: z.string() }));

/** The settings; what was never set has its default. The stored names are the source system's. */
export async function readSystemSettings(db: Knex): Promise<SystemSettings> {
  const stored = new Map(rows.parse(await db('system_config')).map(({ key, value }) => [key, value]));
  const flag = (key: string, fallback = false) => (stored.get(key) ?? String(fallback)) === 'true';
  const list = (key: string) => (stored.get(key) ?? '').split(',').filter((entry) => entry !== '');
  return {
    allowRegistration: flag('allow_registration'),
    corsEnabled: flag('cors_enabled'),
    publicUrl: stored.get('public_url') ?? '',
    litellmCompatEnabled: flag('litellm_compat_enabled', true),
    requestBodyDays: Number(stored.get('request_body_days') ?? DEFAULT_BODY_DAYS),
    modelPresetsUrl: stored.get('model_presets_url') ?? DEFAULT_PRESETS_URL,
    modelPresetsAutoUpdate: flag('model_presets_auto_update'),
    antiBot: {
      enabled: flag('anti_bot_enabled'),
      blockBots: flag('anti_bot_block_bots'),
      blockSuspicious: flag('anti_bot_block_suspicious'),
      logOnly: flag('anti_bot_log_only'),
      allowedUserAgents: list('anti_bot_allowed_user_agents'),
      blockedUserAgents: list('anti_bot_blocked_user_agents'),
    },
  };
}

/** Writes exactly the named settings. Entries of lists must have no comma in them. */
export async function writeSystemSettings(db: Knex, change: SystemSettingsChange): Promise<void> {
  const { antiBot = {} } = change;
  const values = {
    allow_registration: change.allowRegistration,
    cors_enabled: change.corsEnabled,
    public_url: change.publicUrl,
    litellm_compat_enabled: change.litellmCompatEnabled,
    request_body_days: change.requestBodyDays,
    model_presets_url: change.modelPresetsUrl,
    model_presets_auto_update: change.modelPresetsAutoUpdate,
    anti_bot_enabled: antiBot.enabled,
    anti_bot_block_bots: antiBot.blockBots,
    anti_bot_block_suspicious: antiBot.blockSuspicious,
    anti_bot_log_only: antiBot.logOnly,
    anti_bot_allowed_user_agents: antiBot.allowedUserAgents?.join(','),
    anti_bot_blocked_user_agents: antiBot.blockedUserAgents?.join(','),
  };
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) await writeSystemConfig(db, key, String(value));
  }
}
