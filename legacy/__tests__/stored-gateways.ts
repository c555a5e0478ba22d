import type { StoredGateway } from '../gateways-repository.ts';
import type { RoutingRule } from '../routing-rules-repository.ts';

/** An enabled gateway that is no default and wants no key, but for what is given. */
export function storedGateway(given: Partial<StoredGateway> & Pick<StoredGateway, 'id'>): StoredGateway {
  return {
    name: given.id,
    url: `http://${given.id}.example:8787`,
    description: null,
    isDefault: false,
    enabled: true,
    containerName: null,
    port: null,
    sealedKey: null,
    installStatus: 'pending',
    lastHeartbeat: null,
    agentVersion: null,
    createdAt: 1,
    updatedAt: 1,
    ...given,
  };
}

/** An enabled rule, but for what is given. */
export function routingRule(
  given: Partial<RoutingRule> & Pick<RoutingRule, 'portkeyGatewayId' | 'ruleType' | 'ruleValue'>,
): RoutingRule {
  return {
    id: 'rule',
    name: 'rule',
    description: null,
    priority: 0,
    enabled: true,
    createdAt: 1,
    updatedAt: 1,
    ...given,
  };
}
