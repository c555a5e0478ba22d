import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Express } from 'express';
import type { GatewayFile } from './config/gateway-file.ts';
import type { Settings } from './config/settings.ts';
import type { Logger } from './core/logger.ts';
import { type ApplyReport, applyGatewayFile } from './db/apply-gateway-file.ts';
import { checkMasterKey } from './db/check-master-key.ts';
import { connectDatabase } from './db/connect-database.ts';
import { createFirstAdmin } from './db/create-first-admin.ts';
import { loadCatalog } from './db/load-catalog.ts';
import { migrateUp } from './db/migrate-database.ts';
import { readRollout, writeRollout } from './db/rollout-repository.ts';
import { findUser } from './db/users-repository.ts';
import { createPaths } from './paths.ts';
import { createFlagEvaluator } from './rollout/flag-evaluator.ts';
import { createKillSwitch } from './rollout/kill-switch.ts';
import { createRollout } from './rollout/rollout.ts';
import { createApp } from './routes/create-app.ts';
import type { Lifecycle } from './routes/ops/health.ts';
import { createAdminSessions } from './services/admin-sessions.ts';
import { createCatalog } from './services/catalog.ts';
import { createCredentialCipher } from './services/credential-cipher.ts';
import { LiteLLMAdapter } from './services/litellm-adapter.ts';
import { loadMasterKey } from './services/master-key.ts';
import { refusedAddress } from './services/upstream-address.ts';
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
   * Migrates, applies the configuration, starts the legacy gateway and listens.
   * @returns where it listens, and what must be shown to the operator now
   */
  start(): Promise<{ readonly url: string; readonly secrets: FirstStartSecrets }>;
  /** Takes no new request, lets running ones finish within the drain limit, and closes everything. Idempotent. */
  stop(): Promise<void>;
}

export interface Composition {
  readonly settings: Settings;
  /** The parsed configuration file, where there is one. */
  readonly gatewayFile: GatewayFile | undefined;
  readonly logger: Logger;
}

/** Builds a gateway from its parts, bottom-up; nothing runs before `start`. Two of them can live in one process. */
export function compose({ settings, gatewayFile, logger }: Composition): Gateway {
  const masterKey = loadMasterKey(settings.encryptionKey, settings.dataDir, logger);
  const cipher = createCredentialCipher(masterKey);
  const hashKey = createVirtualKeyHasher(masterKey);
  const sessions = createAdminSessions(masterKey, settings.adminToken);
  const db = connectDatabase(settings.databaseFile);
  const catalog = createCatalog();
  const transport = createUpstreamTransport(settings.upstreamLimits, settings.allowPrivateUpstreams);

  const killSwitch = createKillSwitch(join(settings.dataDir, 'kill-switch'), logger);
  const flags = createFlagEvaluator(settings.flagEnvironment, logger);
  const store = {
    read: () => readRollout(db),
    write: (state: Parameters<typeof writeRollout>[1]) =>
      db.transaction((transaction) => writeRollout(transaction, state)),
  };
  const rollout = createRollout({ store, flags, logger });
  const { useLitellm } = settings;
  const isKilled = () => killSwitch.isEngaged() || rollout.isKilledByFlag();
  const paths = createPaths({
    litellm: new LiteLLMAdapter(transport),
    signals: { useLitellm, isKilled, isEnrolled: rollout.isEnrolled, drawsNewArm: rollout.drawsNewArm },
    legacy: {
      logger: logger.child({ part: 'legacy' }),
      gatewayUrl: settings.portkeyGatewayUrl,
      trustedHosts: () => privateHosts(settings.allowPrivateUpstreams, catalog.listModels()),
      limits: settings.upstreamLimits,
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
      bodyLimitBytes: settings.bodyLimitBytes,
      isDraining: () => lifecycle === 'draining',
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
  const server = createServer(app);
  // Longer than the idle limit of common load balancers, which else send on a connection that is being closed.
  server.keepAliveTimeout = 75_000;

  const prepare = async (): Promise<FirstStartSecrets> => {
    await migrateUp(db);
    await checkMasterKey(db, masterKey);
    const adminPassword = await createFirstAdmin(db, settings.adminPassword);
    const report = await applyGatewayFile(gatewayFile ?? EMPTY_FILE, {
      db,
      cipher,
      hashKey,
      allowPrivateUpstreams: settings.allowPrivateUpstreams,
    });
    warnOfReport(report, logger);
    catalog.replace(await loadCatalog(db, cipher));
    metrics.prepareModels(
      catalog.listModels().map(({ model, provider }) => ({ model: model.name, provider: provider.id })),
    );
    await rollout.start();
    return {
      adminPassword: adminPassword?.reveal(),
      createdKeys: report.createdKeys.map(({ name, key }) => ({ name, key: key.reveal() })),
    };
  };

  const closeParts = async () => {
    await paths.stop();
    await transport.close();
    rollout.stop();
    killSwitch.stop();
    await db.destroy();
  };
  let stopped: Promise<void> | undefined;

  return {
    app,
    async start() {
      const secrets = await prepare();
      paths.start();
      const url = await listen(server, settings.host, settings.port);
      void paths.whenStarted().then(() => {
        if (lifecycle === 'starting') lifecycle = 'serving';
      });
      logger.info({ url }, 'gateway listens');
      return { url, secrets };
    },
    stop() {
      lifecycle = 'draining';
      stopped ??= drain(server, settings.drainMs, logger).then(closeParts);
      return stopped;
    },
  };
}

const EMPTY_FILE: GatewayFile = { providers: [], models: [], virtual_models: [], virtual_keys: [] };

/** Hosts that Portkey, which refuses private addresses by itself, has to be told to trust. */
function privateHosts(
  allowed: boolean,
  models: readonly { readonly provider: { readonly baseUrl: string } }[],
) {
  if (!allowed) return [];
  const urls = models.map(({ provider }) => provider.baseUrl);
  const hosts = urls
    .filter((url) => refusedAddress(url, false) !== undefined)
    .map((url) => new URL(url).hostname);
  return [...new Set(hosts)];
}

function warnOfReport(report: ApplyReport, logger: Logger): void {
  for (const what of report.notActedOn)
    logger.warn({ what }, 'the configuration asks for more than is served yet');
}

function listen(server: Server, host: string, port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  server.once('error', reject);
  server.listen(port, host, () => {
    server.off('error', reject);
    resolve(toUrl(server.address(), host));
  });
  return promise;
}

function toUrl(address: string | AddressInfo | null, host: string): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Stops listening and waits for the running requests; what is still running at the limit is cut off. */
async function drain(server: Server, limitMs: number, logger: Logger): Promise<void> {
  if (!server.listening) return;
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const limit = setTimeout(() => {
    logger.warn({ limitMs }, 'requests were still running at the end of the drain limit and are cut off');
    server.closeAllConnections();
  }, limitMs);
  await closed;
  clearInterval(idle);
  clearTimeout(limit);
}
