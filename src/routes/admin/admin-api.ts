import { Router } from 'express';
import type { AdminDependencies } from './admin-dependencies.ts';
import type { AdminOperation } from './admin-operation.ts';
import { apiRequestOperations } from './api-requests/index.ts';
import { auditOperations } from './audit/index.ts';
import { authOperations } from './auth/index.ts';
import { expertRoutingOperations } from './expert-routing/index.ts';
import { modelOperations } from './models/index.ts';
import { describeOperations } from './openapi-document.ts';
import { createOperationsRouter } from './operations-router.ts';
import { providerOperations } from './providers/index.ts';
import { routingConfigOperations } from './routing-configs/index.ts';
import { systemSettingsOperations } from './system-settings/index.ts';
import { userOperations } from './users/index.ts';
import { virtualKeyOperations } from './virtual-keys/index.ts';
import { webhookOperations } from './webhooks/index.ts';

/** All operations of the admin API. */
export function adminOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [
    ...providerOperations(deps),
    ...modelOperations(deps),
    ...virtualKeyOperations(deps),
    ...routingConfigOperations(deps),
    ...expertRoutingOperations(deps),
    ...authOperations(deps),
    ...userOperations(deps),
    ...systemSettingsOperations(deps),
    ...auditOperations(deps),
    ...apiRequestOperations(deps),
    ...webhookOperations(deps),
  ];
}

/**
 * What lies under `/api`, its document at `/api/openapi.json`. It reads bodies that were parsed before.
 * @param others operations that are made elsewhere
 */
export function createAdminApi(deps: AdminDependencies, others: readonly AdminOperation[] = []): Router {
  const operations = [...adminOperations(deps), ...others];
  const document = describeOperations(operations);
  const router = Router();
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  router.use(createOperationsRouter(operations, deps));
  return router;
}
