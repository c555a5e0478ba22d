import { join } from 'node:path';
import type { Express } from 'express';
import { createModelPresetParts } from './compose-model-presets.ts';
import { composeRelease } from './compose-release.ts';
import { composeRollout } from './compose-rollout.ts';
import { createSharedParts } from './compose-shared-parts.ts';
import { composeWebhooks } from './compose-webhooks.ts';
import type { GatewayFile } from './config/gateway-file.ts';
import type { Settings } from './config/settings.ts';
import type { Logger } from './core/logger.ts';
import { createPendingWork } from './core/pending-work.ts';
import type { RequestPath } from './core/request-path.ts';
import { waitAtMost } from './core/wait-at-most.ts';
import { applyGatewayFile } from './db/apply-gateway-file.ts';
import { checkMasterKey } from './db/check-master-key.ts';
import { connectDatabase } from './db/connect-database.ts';
import { toConnectionFault } from './db/connection-fault.ts';
import { createFirstAdmin } from './db/create-first-admin.ts';
import { loadCatalog } from './db/load-catalog.ts';
import { createPresetLoader } from './db/load-model-presets.ts';
import { migrateUp } from './db/migrate-database.ts';
import { createSharedKillStore } from './db/shared-kill-repository.ts';
import { watchCatalog } from './db/watch-catalog.ts';
import { createPathOperations, createPaths } from './paths.ts';
import { createKillRelay } from './rollout/kill-relay.ts';
import { createKillSwitch } from './rollout/kill-switch.ts';
import { createAdminApi } from './routes/admin/admin-api.ts';
import type { AdminDependencies } from './routes/admin/admin-dependencies.ts';
import { applyOperations } from './routes/admin/apply/index.ts';
import { releaseOperations } from './routes/admin/releases/index.ts';
import { explainOperation } from './routes/admin/rollout/explain-operation.ts';
import { rolloutOperations } from './routes/admin/rollout/index.ts';
import { createGuardSettings } from './routes/client-guards/guard-settings.ts';
import { createApp } from './routes/create-app.ts';
import { createHttpListener } from './routes/http-listener.ts';
import type { Lifecycle } from './routes/ops/health.ts';
import { ENDPOINT_ROUTES } from './routes/proxy/endpoints.ts';
import { createAdminSessions } from './services/admin-sessions.ts';
import { createCatalog } from './services/catalog.ts';
import { createCredentialCipher } from './services/credential-cipher.ts';
import { createExpertRouter } from './services/expert-router/expert-router.ts';
import { createGlobalFetchHook } from './services/global-fetch-hook.ts';
import { createPriceTable } from './services/limits/price-table.ts';
import { LiteLLMAdapter } from './services/litellm-adapter.ts';
import { loadMasterKey } from './services/master-key.ts';
import { createModelPresets } from './services/model-presets/model-presets.ts';
import { resolveHost } from './services/resolve-host.ts';
import { createCircuitBreaker } from './services/routing/circuit-breaker.ts';
import { createTokenCounter } from './services/tokens/token-counter.ts';
import { refusedHost } from './services/upstream-address.ts';
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
  /** For tests: what stands in for a part. */
  readonly overrides?: CompositionOverrides | undefined;
}

/** Parts that a test may put others in place of. */
export interface CompositionOverrides {
  /** The new path, given the real one. */
  readonly litellm?: (real: RequestPath) => RequestPath;
  /** Milliseconds before the breaker of the new path sends its first probe. */
  readonly breakerWaitMs?: number;
}

/** Builds a gateway from its parts, bottom-up; nothing runs before `start`. Two of them can live in one process. */
export function compose(composition: Composition): Gateway {
  const { settings, gatewayFile, logger, showSecrets, overrides = {} } = composition;
  const masterKey = loadMasterKey(settings.encryptionKey, settings.dataDir, logger);
  const cipher = createCredentialCipher(masterKey);
  const hashKey = createVirtualKeyHasher(masterKey);
  const sessions = createAdminSessions(masterKey, settings.adminToken);
  const db = connectDatabase(settings.database, { answerMs: DATABASE_ANSWER_MS });
  const catalog = createCatalog();
  const { allowPrivateUpstreams } = settings;
  const transport = createUpstreamTransport(settings.upstreamLimits, allowPrivateUpstreams);
  const fetchHook = createGlobalFetchHook();

  const killSwitch = createKillSwitch(join(settings.dataDir, 'kill-switch'), logger);
  const killRelay = createKillRelay({ killSwitch, store: createSharedKillStore(db), logger });
  const rollout = composeRollout({ settings, db, killSwitch, killRelay, logger });
  const { useLitellm } = settings;
  const isKilled = () => killSwitch.isEngaged() || rollout.isKilledByFlag();
  const webhooks = composeWebhooks({
    db,
    cipher,
    allowPrivateUpstreams,
    logger: logger.child({ part: 'webhooks' }),
  });
  const { announcer } = webhooks;
  const adapter = new LiteLLMAdapter({ transport, fetchHook, logger });
  const release = composeRelease({
    db,
    rollout,
    useLitellm,
    isKilled,
    isBreakerOpen: () => paths.isBreakerOpen(),
    keyId: (nameOrId) => catalog.findKeyNamed(nameOrId)?.id,
    announce: announcer.announce,
    logger: logger.child({ part: 'release' }),
  });
  const paths = createPaths({
    litellm: overrides.litellm?.(adapter) ?? adapter,
    signals: { useLitellm, isKilled, isEnrolled: rollout.isEnrolled, drawArm: rollout.drawArm },
    scope: () => rollout.summary().rules?.scope,
    recorder: release.recorder,
    breaker: {
      now: () => performance.now(),
      waitMs: overrides.breakerWaitMs,
      onChange(state, figures) {
        logger.warn({ state, ...figures }, 'the breaker of the new path changed');
        const type = state === 'open' ? 'breaker.opened' : 'breaker.closed';
        // It is in the log; where the database takes it not, nobody else is to be told.
        announcer
          .announce({ type, at: Date.now(), ...figures })
          .catch((err: unknown) => logger.error({ err, type }, 'an event cannot be announced'));
      },
    },
    legacy: {
      logger: logger.child({ part: 'legacy' }),
      gatewayUrl: settings.portkeyGatewayUrl,
      trustedHosts: () => trustedHosts(allowPrivateUpstreams, catalog.listModels()),
      limits: settings.upstreamLimits,
      tlsEnvironment: settings.tlsEnvironment,
      stored: { db, cipher },
      whyRefused: (baseUrl: string) => refusedHost(baseUrl, allowPrivateUpstreams, resolveHost),
    },
  });
  const presets = createModelPresets();
  const loadPresets = createPresetLoader(db, presets);
  const guards = createGuardSettings(db);
  const catalogWatch = watchCatalog(
    db,
    async () => {
      catalog.replace(await loadCatalog(db, cipher));
      await guards.refresh();
      await shared.refresh();
      await paths.refresh();
      await loadPresets();
    },
    logger,
  );

  let lifecycle: Lifecycle = 'starting';
  const metrics = createMetrics({
    enrolledPercent: () => rollout.summary().enrolledPercent,
    hasNamedKeys: () => rollout.summary().namedKeys.length > 0,
    armShare: () => rollout.summary().armShare,
    useLitellm: () => useLitellm,
    snapshotAgeSeconds: () => rollout.summary().snapshotAgeSeconds,
    isBreakerOpen: () => paths.isBreakerOpen(),
    release: () => release.controller.view(),
  });
  const shared = createSharedParts({
    db,
    masterKey,
    redisUrl: settings.redisUrl,
    prices: createPriceTable(presets, catalog.findProvider),
    logger,
  });
  const admin: AdminDependencies = {
    db,
    cipher,
    hashKey,
    sessions,
    transport,
    adapter,
    allowPrivateUpstreams,
    resolveHost,
    // The change is stored: where it cannot be read now, the next look brings it into force.
    catalogChanged: () =>
      catalogWatch
        .check()
        .catch((err: unknown) => logger.warn({ err }, 'a change is stored and not in force yet')),
  };
  const presetParts = createModelPresetParts({ ...admin, presets, logger });
  const finishing = createPendingWork();
  const breaker = createCircuitBreaker(() => Date.now());
  const app = createApp({
    proxy: {
      paths,
      catalog,
      hashKey,
      metrics,
      logger,
      tokenCounter: createTokenCounter(),
      breaker,
      finishing,
      expertRouter: createExpertRouter(),
      ...shared.forRequests,
      bodyLimitBytes: settings.bodyLimitBytes,
      isDraining: () => lifecycle === 'draining',
      isCutOff: () => listener.isCutOff(),
    },
    admin: createAdminApi(admin, [
      ...rolloutOperations({
        rollout,
        killSwitch,
        killRelay,
        useLitellm,
        db,
        announcer,
        logger,
        alertsToken: settings.alertsToken,
      }),
      ...releaseOperations(release),
      explainOperation({ db, catalog, paths, breaker }),
      ...applyOperations(admin),
      ...createPathOperations(admin),
      ...presetParts.operations,
    ]),
    presets,
    health: {
      lifecycle: () => lifecycle,
      canServe: () => paths.canServe(),
      parts: () => [...paths.states(), ...rollout.states(), ...shared.states()],
    },
    guards,
    metrics,
    logger,
  });
  const listener = createHttpListener(app);

  const fillDatabase = async () => {
    await checkMasterKey(db, masterKey);
    const report = await applyGatewayFile(gatewayFile ?? EMPTY_FILE, {
      db,
      cipher,
      hashKey,
      allowPrivateUpstreams,
      resolveHost,
    });
    const adminPassword = await createFirstAdmin(db, settings.adminPassword);
    showSecrets({
      adminPassword: adminPassword?.reveal(),
      createdKeys: report.createdKeys.map(({ name, key }) => ({ name, key: key.reveal() })),
    });
  };
  const prepare = async () => {
    // Changes of a schema take as long as they take.
    const migrating = connectDatabase(settings.database);
    try {
      await migrateUp(migrating, fillDatabase);
    } catch (error) {
      throw toConnectionFault(error);
    } finally {
      await migrating.destroy();
    }
    await catalogWatch.start();
    const models = catalog
      .listModels()
      .map(({ model, provider }) => ({ model: model.name, provider: provider.id }));
    metrics.prepareUnrouted(ENDPOINT_ROUTES.map(({ endpoint }) => endpoint));
    metrics.prepareModels(models);
    fetchHook.install();
    shared.start();
    presetParts.start();
    killSwitch.start();
    await killRelay.start();
    await rollout.start();
    release.start();
    webhooks.start();
  };

  const closeParts = async () => {
    await release.controller.stop();
    await paths.stop();
    fetchHook.uninstall();
    await presetParts.stop();
    await transport.close();
    rollout.stop();
    killRelay.stop();
    killSwitch.stop();
    await catalogWatch.stop();
    await waitAtMost(finishing.settled(), FINISH_MS).catch((err: unknown) => {
      logger.error({ err }, 'requests are not counted and logged to their end');
    });
    await release.stopCounting();
    await webhooks.stop();
    await shared.stop();
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

/** How long a database server may say nothing before its connections are given up, in milliseconds. */
const DATABASE_ANSWER_MS = 30_000;
/** How long a stop waits for what is counted and logged after the last bytes, in milliseconds. */
const FINISH_MS = 5_000;

const EMPTY_FILE: GatewayFile = { providers: [], models: [], virtual_models: [], virtual_keys: [] };

/** Portkey has a list of its own of what is private: where private upstreams are allowed it is told all hosts. */
function trustedHosts(
  allowed: boolean,
  models: readonly { readonly provider: { readonly baseUrl: string } }[],
) {
  if (!allowed) return [];
  return [...new Set(models.map(({ provider }) => new URL(provider.baseUrl).hostname))];
}
