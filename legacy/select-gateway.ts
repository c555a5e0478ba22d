import { matchesGlob } from '../src/core/matches-glob.ts';
import type { StoredGateway } from './gateways-repository.ts';
import type { PatternMatcher } from './pattern-matcher.ts';
import type { RoutingRule } from './routing-rules-repository.ts';

/** What rules can ask of a call. */
export interface GatewayQuestion {
  /** The model by its configured name and by the provider's: rules may be written in either. */
  readonly models: readonly string[];
  readonly provider: {
    readonly id: string;
    /** What it is called; its id where it has no name. */
    readonly name: string;
    readonly baseUrl: string;
  };
}

/** What is chosen by, and from; both lists are in the order in which they count. */
export interface GatewayChoice {
  readonly gateways: readonly StoredGateway[];
  readonly rules: readonly RoutingRule[];
}

/**
 * The gateway that a call goes to: that of the first rule which matches and whose gateway is enabled, else the default
 * one, else the first. Disabled rules and gateways do not count.
 * @returns undefined where no gateway is enabled
 */
export function selectGateway(
  { gateways, rules }: GatewayChoice,
  question: GatewayQuestion,
  patterns: PatternMatcher,
): StoredGateway | undefined {
  const enabled = gateways.filter((gateway) => gateway.enabled);
  const byId = new Map(enabled.map((gateway) => [gateway.id, gateway]));
  const rule = rules.find(
    (candidate) =>
      candidate.enabled && byId.has(candidate.portkeyGatewayId) && matchesRule(candidate, question, patterns),
  );
  if (rule !== undefined) return byId.get(rule.portkeyGatewayId);
  return enabled.find((gateway) => gateway.isDefault) ?? enabled[0];
}

function matchesRule(
  { ruleType, ruleValue }: RoutingRule,
  { models, provider }: GatewayQuestion,
  patterns: PatternMatcher,
): boolean {
  switch (ruleType) {
    case 'provider':
      return [provider.name, provider.id].some((name) => matchesGlob(ruleValue, name));
    case 'region':
      return provider.baseUrl.toLowerCase().includes(ruleValue.toLowerCase());
    case 'pattern':
      return [...models, provider.name].some((name) => patterns.matches(ruleValue, name));
    default:
      return models.some((name) => matchesGlob(ruleValue, name));
  }
}
