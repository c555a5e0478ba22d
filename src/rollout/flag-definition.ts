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
 * The rollout flag at a percentage of keys. It is off at 0: a flag without a live strategy, once switched on by
 * hand, would enrol everybody.
 * @param percent whole number from 0 to 100; the evaluator's buckets are whole percents
 */
export function rolloutFlag(percent: number): FlagDefinition {
  const parameters = { rollout: String(percent), stickiness: 'userId', groupId: ROLLOUT_FLAG };
  return {
    name: ROLLOUT_FLAG,
    enabled: percent > 0,
    strategies: [{ name: 'flexibleRollout', parameters, constraints: [] }],
  };
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
  const rollout = flag.strategies.find((candidate) => candidate.name === 'flexibleRollout');
  return Number(rollout?.parameters.rollout ?? 0);
}
