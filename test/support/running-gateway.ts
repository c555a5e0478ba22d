import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  type CompositionOverrides,
  compose,
  type FirstStartSecrets,
  type Gateway,
} from '../../src/compose.ts';
import { parseEnvironment } from '../../src/config/environment.ts';
import { type GatewayFile, parseGatewayFile } from '../../src/config/gateway-file.ts';
import { type Settings, toSettings } from '../../src/config/settings.ts';
import type { DatabaseLocation } from '../../src/core/database-location.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { eventually } from './eventually.ts';
import { databaseOf, databaseUrlOf, dropDatabaseOf } from './test-database.ts';

export const ADMIN_TOKEN = 'admin-token-for-tests';

export interface RunningGateway {
  readonly url: string;
  readonly gateway: Gateway;
  readonly dataDir: string;
  readonly database: DatabaseLocation;
  /** Every log line written so far. */
  readonly logLines: readonly string[];
  /** What was shown once at the start. */
  readonly adminPassword: string | undefined;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** The configuration file, as an object. */
  readonly file?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Partial<Settings>;
  readonly overrides?: CompositionOverrides;
  /** False where the gateway is not expected to become ready. */
  readonly awaitReady?: boolean;
  /** Used again where given, else made and removed at the end. */
  readonly dataDir?: string;
}

/** Starts a whole gateway in this process, on a free port and in a folder of its own, and waits until it is ready. */
export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'banyan-'));
  const database = await databaseOf(dataDir);
  const logLines: string[] = [];
  const { environment } = parseEnvironment({
    PORT: '0',
    DATABASE_URL: databaseUrlOf(database),
    DATA_DIR: dataDir,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    USE_LITELLM: 'true',
    ADMIN_TOKEN,
    LOG_LEVEL: 'debug',
    ...options.env,
  });
  const settings = { ...toSettings(environment), ...options.settings };
  const logger = createLogger(settings.logLevel, collect(logLines));
  const gatewayFile: GatewayFile | undefined =
    options.file === undefined ? undefined : parseGatewayFile(options.file, 'test', {});
  let adminPassword: string | undefined;
  const showSecrets = (secrets: FirstStartSecrets) => {
    adminPassword = secrets.adminPassword;
  };
  const gateway = compose({
    settings,
    gatewayFile,
    logger,
    showSecrets,
    overrides: options.overrides,
  });
  const removeData = async () => {
    if (options.dataDir !== undefined) return;
    await dropDatabaseOf(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  };
  const { url } = await gateway.start().catch(async (error: unknown) => {
    await removeData();
    throw error;
  });
  if (options.awaitReady !== false) await eventually(async () => (await fetch(`${url}/health/ready`)).ok);
  return {
    url,
    gateway,
    dataDir,
    database: settings.database,
    logLines,
    adminPassword,
    async stop() {
      await gateway.stop();
      await removeData();
    },
  };
}

function collect(lines: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
}
