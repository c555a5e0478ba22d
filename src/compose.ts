import { join } from 'node:path';
import type { Express } from 'express';
import type { Knex } from 'knex';
import type { GatewayFile } from './config/gateway-file.ts';
import type { Settings } from './config/settings.ts';
import type { Logger } from './core/logger.ts';
import { type ApplyReport, applyGatewayFile } from './db/apply-gateway-file.ts';
import { checkMasterKey } from './db/check-master-key.ts';
import { connectDatabase } from './db/connect-database.ts';
import { createFirstAdmin } from './db/create-first-admin.ts';
import { loadCatalog } from './db/load-catalog.ts';
import { migrateUp } from './db/migrate-database.ts';
import { changeStoredRollout, readRollout } from './db/rollout-repository.ts';
import { findUser } from './db/users-repository.ts';
import { createPaths } from './paths.ts';
import { createFlagEvaluator } from './rollout/flag-evaluator.ts';
import { createKillSwitch } from './rollout/kill-switch.ts';
import { createRollout, type RolloutStore } from './rollout/rollout.ts';
import { createApp } from './routes/create-app.ts';
import { createHttpListener } from './routes/http-listener.ts';
import type { Lifecycle } from './routes/ops/health.ts';
import { ENDPOINT_ROUTES } from './routes/proxy/endpoints.ts';
import { createAdminSessions } from './services/admin-sessions.ts';
import { createCatalog } from './services/catalog.ts';
import { createCredentialCipher } from './services/credential-cipher.ts';
import { createGlobalFetchHook } from './services/global-fetch-hook.ts';
import { LiteLLMAdapter } from './services/litellm-adapter.ts';
import { loadMasterKey } from './services/master-key.ts';
import { createTokenCounter } from './services/tokens/token-counter.ts';
import { createUpstreamTransport } from './services/upstream-transport.ts';
import { createVirtualKeyHasher } from './services/virtual-key-hasher.ts';
import { createMetrics } from './telemetry/metrics.ts';

/** What is shown once at the first start and nowhere else. */
export interface FirstStartSecrets {
  readonly adminPassword: string | undefined;
  readonly createdKeys: readonly { readonly name: string; readonly key: string }[];
}

/** A composed gateway. */
export interface Gateway {
  readonly app: Express;
  /**
   * Migrates, applies the configuration, listens and starts the legacy gateway. Where it fails, everything is closed.
   * @returns where it listens
   * @throws ConfigurationError for what the operator can mend
   */
  start(): Promise<{ readonly url: string }>;
  /**
   * Takes no new request, lets running ones finish within the drain limit, and closes everything. A second call
   * cuts off what still runs.
   */
  stop(): Promise<void>;
}

export interface Composition {
  readonly settings: Settings;
  /** The parsed configuration file, where there is one. */
  readonly gatewayFile: GatewayFile | undefined;
  readonly logger: Logger;
  /** Is given the secrets as soon as they are stored: a start that fails later must not lose them. */
  readonly showSecrets: (secrets: FirstStartSecrets) => void;
}

/** Builds a gateway from its parts, bottom-up; nothing runs before `start`. Two of them can live in one process. */
export function compose({ settings, gatewayFile, logger, showSecrets }: Composition): Gateway {
  const masterKey = loadMasterKey(settings.encryptionKey, settings.dataDir, logger);
  const cipher = createCredentialCipher(masterKey);
  const hashKey = createVirtualKeyHasher(masterKey);
  const sessions = createAdminSessions(masterKey, settings.adminToken);
  const db = connectDatabase(settings.databaseFile);
  const catalog = createCatalog();
  const transport = createUpstreamTransport(settings.upstreamLimits, settings.allowPrivateUpstreams);
  const fetchHook = createGlobalFetchHook();

  const killSwitch = createKillSwitch(join(settings.dataDir, 'kill-switch'), logger);
  const flags = createFlagEvaluator(settings.flagEnvironment, logger);
  const rollout = createRollout({ store: rolloutStore(db), flags, logger });
  const { useLitellm } = settings;
  const isKilled = () => killSwitch.isEngaged() || rollout.isKilledByFlag();
  const paths = createPaths({
    litellm: new LiteLLMAdapter({ transport, fetchHook, logger }),
    signals: { useLitellm, isKilled, isEnrolled: rollout.isEnrolled, drawsNewArm: rollout.drawsNewArm },
    legacy: {
      logger: logger.child({ part: 'legacy' }),
      gatewayUrl: settings.portkeyGatewayUrl,
      trustedHosts: () => trustedHosts(settings.allowPrivateUpstreams, catalog.listModels()),
      limits: settings.upstreamLimits,
      tlsEnvironment: settings.tlsEnvironment,
    },
  });

  let lifecycle: Lifecycle = 'starting';
  const metrics = createMetrics({
    enrolledPercent: () => rollout.summary().enrolledPercent,
    armShare: () => rollout.summary().armShare,
    useLitellm: () => useLitellm,
    snapshotAgeSeconds: () => rollout.summary().snapshotAgeSeconds,
  });
  const app = createApp({
    proxy: {
      paths,
      catalog,
      hashKey,
      metrics,
      logger,
      tokenCounter: createTokenCounter(),
      bodyLimitBytes: settings.bodyLimitBytes,
      isDraining: () => lifecycle === 'draining',
      isCutOff: () => listener.isCutOff(),
    },
    auth: { findUser: (username) => findUser(db, username), sessions },
    rollout: { rollout, killSwitch, useLitellm, sessions },
    health: {
      lifecycle: () => lifecycle,
      canServe: () => paths.canServe(),
      parts: () => [...paths.states(), { name: 'database', status: rollout.storeState() }],
    },
    metrics,
    logger,
  });
  const listener = createHttpListener(app);

  const prepare = async () => {
    await migrateUp(db);
    await checkMasterKey(db, masterKey);
    const { allowPrivateUpstreams } = settings;
    const report = await applyGatewayFile(gatewayFile ?? EMPTY_FILE, {
      db,
      cipher,
      hashKey,
      allowPrivateUpstreams,
    });
    const adminPassword = await createFirstAdmin(db, settings.adminPassword);
    showSecrets({
      adminPassword: adminPassword?.reveal(),
      createdKeys: report.createdKeys.map(({ name, key }) => ({ name, key: key.reveal() })),
    });
    warnOfReport(report, logger);
    catalog.replace(await loadCatalog(db, cipher));
    const models = catalog
      .listModels()
      .map(({ model, provider }) => ({ model: model.name, provider: provider.id }));
    metrics.prepareUnrouted(ENDPOINT_ROUTES.map(({ endpoint }) => endpoint));
    metrics.prepareModels(models);
    fetchHook.install();
    killSwitch.start();
    await rollout.start();
  };

  const closeParts = async () => {
    await paths.stop();
    fetchHook.uninstall();
    await transport.close();
    rollout.stop();
    killSwitch.stop();
    await db.destroy();
  };
  const drainAndClose = async () => {
    const left = await listener.drain(settings.drainMs);
    if (left > 0)
      logger.warn({ requests: left }, 'requests still ran at the end of the drain and were cut off');
    await closeParts();
  };
  let stopped: Promise<void> | undefined;

  return {
    app,
    async start() {
      try {
        await prepare();
        const url = await listener.listen(settings.host, settings.port);
        paths.start();
        void paths.whenStarted().then(() => {
          if (lifecycle === 'starting') lifecycle = 'serving';
        });
        logger.info({ url }, 'gateway listens');
        return { url };
      } catch (error) {
        await closeParts();
        throw error;
      }
    },
    stop() {
      lifecycle = 'draining';
      paths.drain();
      if (stopped === undefined) stopped = drainAndClose();
      else listener.cutOff();
      return stopped;
    },
  };
}

const EMPTY_FILE: GatewayFile = { providers: [], models: [], virtual_models: [], virtual_keys: [] };

function rolloutStore(db: Knex): RolloutStore {
  return {
    read: () => db.transaction((transaction) => readRollout(transaction)),
    change: (edit) => changeStoredRollout(db, edit),
  };
}

/** Portkey has a list of its own of what is private: where private upstreams are allowed it is told all hosts. */
function trustedHosts(
  allowed: boolean,
  models: readonly { readonly provider: { readonly baseUrl: string } }[],
) {
  if (!allowed) return [];
  return [...new Set(models.map(({ provider }) => new URL(provider.baseUrl).hostname))];
}

function warnOfReport(report: ApplyReport, logger: Logger): void {
  for (const what of report.notActedOn)
    logger.warn({ what }, 'the configuration asks for more than is served yet');
}
