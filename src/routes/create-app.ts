import express, { type Express, type Router } from 'express';
import type { Logger } from '../core/logger.ts';
import type { ModelPresets } from '../services/model-presets/model-presets.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { GuardSettings } from './client-guards/guard-settings.ts';
import { createClientGuards } from './client-guards/index.ts';
import { createErrorHandler, notFound } from './error-handler.ts';
import { createHealthRouter, type HealthSources } from './ops/health.ts';
import { createMetricsRouter } from './ops/metrics-route.ts';
import { createStatusPageRouter } from './ops/status-page.ts';
import { ENDPOINT_ROUTES } from './proxy/endpoints.ts';
import { Exchange } from './proxy/exchange.ts';
import { createModelInfoHandler, createModelsHandler } from './proxy/models-handler.ts';
import { createProxyHandler, createUnroutedHandler, type ProxyDependencies } from './proxy/proxy-handler.ts';
import { assignRequestId } from './request-id.ts';

export interface AppDependencies {
  readonly proxy: ProxyDependencies;
  /** What lies under `/api`. */
  readonly admin: Router;
  readonly presets: Pick<ModelPresets, 'of'>;
  readonly health: HealthSources;
  readonly guards: GuardSettings;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Everything that the gateway serves over HTTP. Clients' endpoints come first: they are the hot path. */
export function createApp(deps: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(assignRequestId);
  app.use(
    createClientGuards({
      settings: deps.guards,
      logger: deps.logger,
      onRefused: (response, error) => new Exchange(response, 'other', deps.proxy).failedWith(error),
    }),
  );
  for (const route of ENDPOINT_ROUTES) {
    const paths = [`/v1${route.path}`, route.path];
    app.post(paths, createProxyHandler(route, deps.proxy));
    app.all(paths, createUnroutedHandler(route.endpoint, deps.proxy));
  }
  app.use(createStatusPageRouter());
  app.get(['/v1/models', '/models'], createModelsHandler(deps.proxy));
  app.get(
    ['/v1/model/info', '/model/info'],
    createModelInfoHandler({ ...deps.proxy, presets: deps.presets }),
  );
  app.use('/v1', createUnroutedHandler('other', deps.proxy));
  app.use(createHealthRouter(deps.health));
  app.use(createMetricsRouter(deps.metrics));
  app.use('/api', express.json({ limit: '1mb' }));
  app.use('/api', deps.admin);
  app.use(notFound);
  app.use(createErrorHandler(deps.logger));
  return app;
}
