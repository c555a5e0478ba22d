import { z } from 'zod';
import { KILL_FLAG, ROLLOUT_FLAG } from '../flag-definition.ts';

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

/** The same definitions where no share of the rollout flag is above the percentage. */
export function atMost({ features, segments }: FlagSnapshot, percent: number): FlagSnapshot {
  const lowered = features.map((feature) => {
    if (feature.name !== ROLLOUT_FLAG) return feature;
    const strategies = feature.strategies.map((each) => {
      const rollout = each.parameters.rollout;
      // Text that is no number enrols nobody, and stays as it is.
      if (rollout === undefined || !(Number(rollout) > percent)) return each;
      return { ...each, parameters: { ...each.parameters, rollout: String(percent) } };
    });
    return { ...feature, strategies };
  });
  return { features: lowered, segments };
}
