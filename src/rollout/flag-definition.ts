import { z } from 'zod';

/** The flag that enrols virtual keys; its groupId is its name, its stickiness the internal key id. */
export const ROLLOUT_FLAG = 'use-litellm';
/** The flag that, when on, sends everything to the legacy path. */
export const KILL_FLAG = 'litellm-kill';

const constraint = z.strictObject({
  contextName: z.string(),
  operator: z.enum(['IN', 'NOT_IN']),
  values: z.array(z.string()),
  inverted: z.boolean(),
  caseInsensitive: z.boolean().optional(),
});

const strategy = z.strictObject({
  name: z.enum(['default', 'flexibleRollout']),
  parameters: z.record(z.string(), z.string()),
  constraints: z.array(constraint),
});

/** An embedded flag, in the shape of Unleash's client API, so that the same library evaluates it. */
export const flagDefinition = z.strictObject({
  name: z.string(),
  enabled: z.boolean(),
  strategies: z.array(strategy),
});

export type FlagDefinition = z.infer<typeof flagDefinition>;

/**
 * The rollout flag at a percentage of keys, and of some by name. It is off where that is nobody: a flag without a live
 * strategy, once switched on by hand, would enrol everybody.
 * @param percent whole number from 0 to 100; the evaluator's buckets are whole percents
 * @param namedKeys ids of virtual keys that are enrolled whatever the percentage is
 */
export function rolloutFlag(percent: number, namedKeys: readonly string[] = []): FlagDefinition {
  const gradual = {
    name: 'flexibleRollout' as const,
    parameters: rolloutParameters(percent),
    constraints: [],
  };
  return {
    name: ROLLOUT_FLAG,
    enabled: percent > 0 || namedKeys.length > 0,
    strategies: namedKeys.length === 0 ? [gradual] : [gradual, namedStrategy(namedKeys)],
  };
}

/** How a gradual rollout of the flag picks its keys: the same ones here and on a flag server. */
export function rolloutParameters(percent: number) {
  return { rollout: String(percent), stickiness: 'userId', groupId: ROLLOUT_FLAG };
}

/** The strategy that enrols keys by name. */
export function namedStrategy(namedKeys: readonly string[]) {
  const values = [...namedKeys];
  return {
    name: 'flexibleRollout' as const,
    parameters: rolloutParameters(100),
    constraints: [{ contextName: 'userId', operator: 'IN' as const, values, inverted: false }],
  };
}

/** What of a strategy says whom it enrols. */
interface KeyedStrategy {
  readonly constraints: readonly {
    readonly contextName?: unknown;
    readonly operator?: unknown;
    readonly inverted?: unknown;
    readonly values?: unknown;
  }[];
}

/** The keys that a strategy enrols by name; undefined where it is none that names its keys. */
export function keysNamedBy({ constraints }: KeyedStrategy): readonly string[] | undefined {
  const naming = constraints.find(
    ({ contextName, operator, inverted }) =>
      contextName === 'userId' && operator === 'IN' && inverted !== true,
  );
  if (naming === undefined) return undefined;
  return Array.isArray(naming.values) ? naming.values.filter((value) => typeof value === 'string') : [];
}

/** The keys that the rollout flag enrols by name, each once. */
export function namedKeysOf(
  flags: readonly {
    readonly name: string;
    readonly enabled: boolean;
    readonly strategies: readonly KeyedStrategy[];
  }[],
): readonly string[] {
  const flag = flags.find((candidate) => candidate.name === ROLLOUT_FLAG);
  if (flag?.enabled !== true) return [];
  return [...new Set(flag.strategies.flatMap((strategy) => keysNamedBy(strategy) ?? []))];
}

/** The kill flag, off. */
export function idleKillFlag(): FlagDefinition {
  return {
    name: KILL_FLAG,
    enabled: false,
    strategies: [{ name: 'default', parameters: {}, constraints: [] }],
  };
}

/** The percentage of keys that an embedded rollout flag enrols by its first rollout strategy. */
export function enrolledPercent(flags: readonly FlagDefinition[]): number {
  const flag = flags.find((candidate) => candidate.name === ROLLOUT_FLAG);
  if (flag?.enabled !== true) return 0;
  const rollout = flag.strategies.find(
    ({ name, constraints }) => name === 'flexibleRollout' && constraints.length === 0,
  );
  return Number(rollout?.parameters.rollout ?? 0);
}
