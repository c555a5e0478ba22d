import { z } from 'zod';
import { KILL_FLAG, keysNamedBy, ROLLOUT_FLAG } from '../flag-definition.ts';

const strategy = z.looseObject({
  name: z.string(),
  parameters: z
    .record(z.string(), z.string())
    .nullish()
    .transform((parameters) => parameters ?? {}),
  constraints: z
    .array(z.looseObject({}))
    .nullish()
    .transform((constraints) => constraints ?? []),
});

const flag = z.looseObject({
  name: z.string(),
  enabled: z.boolean(),
  strategies: z.array(strategy),
  dependencies: z.array(z.looseObject({ feature: z.string() })).nullish(),
});

/** What a poll of Unleash's client API gives; what the gateway does not read itself is left as it is. */
export const flagSnapshot = z.object({
  features: z.array(flag),
  segments: z.array(z.looseObject({ id: z.number() })).default([]),
});

/** The definitions of one moment, of one piece. */
export type FlagSnapshot = Readonly<z.output<typeof flagSnapshot>>;

/** Only the gateway's own flags and those that they depend on: a project may have thousands of others. */
export function ownFlags({ features, segments }: FlagSnapshot): FlagSnapshot {
  const own = features.filter(({ name }) => name === ROLLOUT_FLAG || name === KILL_FLAG);
  const parents = own.flatMap(({ dependencies }) => dependencies ?? []).map(({ feature }) => feature);
  const wanted = new Set([...own.map(({ name }) => name), ...parents]);
  return { features: features.filter(({ name }) => wanted.has(name)), segments };
}

/**
 * The same definitions where no share of the rollout flag is above the percentage, and these keys are enrolled by no
 * name.
 */
export function atMost(
  { features, segments }: FlagSnapshot,
  percent: number,
  unnamed: readonly string[] = [],
): FlagSnapshot {
  const lowered = features.map((feature) => {
    if (feature.name !== ROLLOUT_FLAG) return feature;
    return { ...feature, strategies: feature.strategies.map((each) => lower(each, percent, unnamed)) };
  });
  return { features: lowered, segments };
}

type Strategy = FlagSnapshot['features'][number]['strategies'][number];

function lower(strategy: Strategy, percent: number, unnamed: readonly string[]): Strategy {
  if (keysNamedBy(strategy) !== undefined) {
    return { ...strategy, constraints: strategy.constraints.map((each) => without(each, unnamed)) };
  }
  const { rollout } = strategy.parameters;
  // Text that is no number enrols nobody, and stays as it is.
  if (rollout === undefined || !(Number(rollout) > percent)) return strategy;
  return { ...strategy, parameters: { ...strategy.parameters, rollout: String(percent) } };
}

function without(constraint: Strategy['constraints'][number], keys: readonly string[]): typeof constraint {
  const { contextName, values } = constraint;
  if (contextName !== 'userId' || !Array.isArray(values)) return constraint;
  return { ...constraint, values: values.filter((value) => !keys.includes(value)) };
}
