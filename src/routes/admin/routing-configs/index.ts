import type { AdminDependencies } from '../admin-dependencies.ts';
import type { AdminOperation } from '../admin-operation.ts';
import { virtualModelOperations } from '../virtual-model-operations.ts';
import {
  newRoutingConfigBody,
  routingConfigChangeBody,
  routingConfigView,
  toStoredRouting,
  viewRoutingConfig,
} from './routing-config-schemas.ts';

/** `/api/admin/config/routing-configs`: the virtual models with targets. */
export function routingConfigOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return virtualModelOperations(deps, {
    kind: { table: 'routing_configs', entity: 'routing-config' },
    path: '/admin/config/routing-configs',
    words: 'with targets',
    newBody: newRoutingConfigBody,
    changeBody: routingConfigChangeBody,
    view: routingConfigView,
    toView: viewRoutingConfig,
    storeNew: (body) => toStoredRouting(body),
    storeChange: toStoredRouting,
  });
}
