import type { AdminDependencies } from '../admin-dependencies.ts';
import type { AdminOperation } from '../admin-operation.ts';
import { virtualModelOperations } from '../virtual-model-operations.ts';
import { decisionOperations } from './decision-operations.ts';
import { EXPERT_ROUTING, EXPERT_ROUTING_PATH } from './expert-routing-kind.ts';
import {
  expertRoutingChangeBody,
  expertRoutingView,
  newExpertRoutingBody,
  toStoredExperts,
  viewExpertRouting,
} from './expert-routing-schemas.ts';
import { previewWidthOperations } from './preview-width.ts';

/** `/api/admin/expert-routing`: the virtual models with experts, and what they decided. */
export function expertRoutingOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [
    ...virtualModelOperations(deps, {
      kind: EXPERT_ROUTING,
      path: EXPERT_ROUTING_PATH,
      words: 'with experts',
      changeNote: '; its config is replaced as a whole',
      newBody: newExpertRoutingBody,
      changeBody: expertRoutingChangeBody,
      view: expertRoutingView,
      toView: viewExpertRouting,
      storeNew: toStoredExperts,
      storeChange: toStoredExperts,
    }),
    ...decisionOperations(deps),
    ...previewWidthOperations(deps),
  ];
}
