import type { VirtualModelKind } from '../change-virtual-models.ts';

export const EXPERT_ROUTING_PATH = '/admin/expert-routing';

/** Where virtual models with experts are stored. */
export const EXPERT_ROUTING: VirtualModelKind = {
  table: 'expert_routing_configs',
  entity: 'expert-routing',
};
