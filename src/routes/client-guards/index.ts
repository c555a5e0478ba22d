import { Router } from 'express';
import { ENDPOINT_ROUTES } from '../proxy/endpoints.ts';
import { type AntiBotDependencies, createAntiBot } from './anti-bot.ts';
import { createCors } from './cors.ts';
import type { GuardSettings } from './guard-settings.ts';

/** What clients call, each with all that lies below it. */
const CLIENT_PATHS = ['/v1', ...ENDPOINT_ROUTES.map(({ path }) => path), '/models', '/model/info'];

export interface ClientGuardDependencies extends Omit<AntiBotDependencies, 'settings'> {
  readonly settings: Pick<GuardSettings, 'cors' | 'antiBot'>;
}

/**
 * The guards in front of the endpoints: CORS for clients and the admin API, the anti-bot check for clients alone. What
 * monitors ask has neither. Mount it before every other route, and behind what gives requests their ids.
 */
export function createClientGuards({ settings, ...deps }: ClientGuardDependencies): Router {
  const router = Router();
  router.use([...CLIENT_PATHS, '/api'], createCors(settings.cors));
  router.use(CLIENT_PATHS, createAntiBot({ ...deps, settings: settings.antiBot }));
  return router;
}
