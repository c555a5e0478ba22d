import { Router } from 'express';
import type { Metrics } from '../../telemetry/metrics.ts';

/** `GET /metrics`, for Prometheus. */
export function createMetricsRouter(metrics: Metrics): Router {
  const router = Router();
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.expose());
  });
  return router;
}
