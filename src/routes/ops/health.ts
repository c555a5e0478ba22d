import { Router } from 'express';
import type { PartState } from '../../core/part-state.ts';

/** Whether the process takes requests. */
export type Lifecycle = 'starting' | 'serving' | 'draining';

export interface HealthSources {
  lifecycle(): Lifecycle;
  /** Whether any path that requests may take is able to serve them. */
  canServe(): boolean;
  parts(): readonly PartState[];
}

/** The routes that load balancers and orchestrators ask. */
export function createHealthRouter(sources: HealthSources): Router {
  const router = Router();
  router.get('/health', (_request, response) => {
    response.json({ status: 'ok', timestamp: Date.now() });
  });
  router.get('/health/live', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/health/ready', (_request, response) => {
    const { ready, status, parts } = readiness(sources);
    response.status(ready ? 200 : 503).json({ status, parts });
  });
  return router;
}

/** One part that is down only degrades: a path must not take the other one out of a load balancer. */
function readiness(sources: HealthSources) {
  const states = sources.parts();
  const parts = Object.fromEntries(states.map(({ name, status }) => [name, { status }]));
  const lifecycle = sources.lifecycle();
  if (lifecycle !== 'serving') return { ready: false, status: lifecycle, parts };
  if (!sources.canServe()) return { ready: false, status: 'unavailable', parts };
  const degraded = states.some(({ status }) => status !== 'up');
  return { ready: true, status: degraded ? 'degraded' : 'ok', parts };
}
