import { dirname, resolve } from 'node:path';
import type { DatabaseLocation } from '../core/database-location.ts';
import type { Secret } from '../core/secret.ts';
import type { FlagServer } from '../rollout/flag-server/flag-server.ts';
import type { Environment } from './environment.ts';

/** Limits of every wait for an upstream, in milliseconds. */
export interface UpstreamLimits {
  readonly connectMs: number;
  /** From the request's last byte to the answer's head. */
  readonly headersMs: number;
  /** Between two chunks of a body. */
  readonly idleMs: number;
}

/** What the gateway runs with: the environment, with everything derived from it worked out. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly database: DatabaseLocation;
  readonly dataDir: string;
  readonly bodyLimitBytes: number;
  /** With its credentials; undefined where everything is kept in this process. */
  readonly redisUrl: Secret | undefined;
  readonly useLitellm: boolean;
  /** As set; the legacy path reads it by its own schema. */
  readonly portkeyGatewayUrl: string | undefined;
  readonly flagEnvironment: string;
  /** Undefined where the flags are in the database. */
  readonly flagServer: FlagServer | undefined;
  readonly gatewayConfigFile: string | undefined;
  readonly encryptionKey: Secret | undefined;
  readonly adminPassword: Secret | undefined;
  readonly adminToken: Secret | undefined;
  /** May report alerts, and nothing else. */
  readonly alertsToken: Secret | undefined;
  readonly logLevel: string;
  readonly allowPrivateUpstreams: boolean;
  readonly upstreamLimits: UpstreamLimits;
  /** Node's own variables for certificates, as set. */
  readonly tlsEnvironment: Readonly<Record<string, string>>;
  /** How long running requests may go on after a stop was asked for. */
  readonly drainMs: number;
}

const TLS_VARIABLES = ['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/**
 * Derives the settings from the parsed environment.
 * @param variables the process's, for those that are Node's own and not the contract's
 */
export function toSettings(
  environment: Environment,
  variables: Readonly<Record<string, string | undefined>> = {},
): Settings {
  const { DATABASE_URL: database } = environment;
  const ownFolder = database.engine === 'sqlite' ? dirname(database.file) : 'data';
  return Object.freeze({
    host: environment.HOST,
    port: environment.PORT,
    database,
    dataDir: resolve(environment.DATA_DIR ?? ownFolder),
    bodyLimitBytes: environment.BODY_LIMIT,
    redisUrl: environment.REDIS_URL,
    useLitellm: environment.USE_LITELLM,
    portkeyGatewayUrl: environment.PORTKEY_GATEWAY_URL,
    flagEnvironment: environment.UNLEASH_ENVIRONMENT,
    flagServer: toFlagServer(environment),
    gatewayConfigFile: environment.GATEWAY_CONFIG,
    encryptionKey: environment.ENCRYPTION_KEY,
    adminPassword: environment.ADMIN_PASSWORD,
    adminToken: environment.ADMIN_TOKEN,
    alertsToken: environment.ALERTS_TOKEN,
    logLevel: environment.LOG_LEVEL,
    allowPrivateUpstreams: environment.ALLOW_PRIVATE_UPSTREAMS,
    // The longest legitimate wait is a reasoning model that answers without streaming: ten minutes.
    upstreamLimits: { connectMs: 10_000, headersMs: 600_000, idleMs: 300_000 },
    tlsEnvironment: Object.fromEntries(
      TLS_VARIABLES.flatMap((name) => (variables[name] === undefined ? [] : [[name, variables[name]]])),
    ),
    drainMs: 30_000,
  });
}

function toFlagServer(environment: Environment): FlagServer | undefined {
  const { UNLEASH_URL, UNLEASH_API_TOKEN, UNLEASH_ADMIN_TOKEN, UNLEASH_ENVIRONMENT } = environment;
  if (UNLEASH_URL === undefined || UNLEASH_API_TOKEN === undefined) return undefined;
  return {
    // With or without the `/api` that its own clients are given.
    url: UNLEASH_URL.replace(/\/+$/, '').replace(/\/api$/, ''),
    environment: UNLEASH_ENVIRONMENT,
    apiToken: UNLEASH_API_TOKEN,
    adminToken: UNLEASH_ADMIN_TOKEN,
    pollMs: 15_000,
    requestMs: 10_000,
    // Below the time that the CLI waits for an answer.
    changeMs: 8_000,
  };
}
