import { z } from 'zod';
import { ENDPOINTS } from '../../core/provider-call.ts';
import { analysisSettings, streamMode } from '../analysis/analysis-settings.ts';
import { CANARY_STREAMS } from '../analysis/canary-streams.ts';
import { duration } from './duration.ts';
import { freezeWindow } from './freeze-window.ts';

/** The step that every plan ends with: all enrolled, nothing held back. */
export const FINAL_STEP = 'final';

const name = z.string().min(1).max(100);
const text = z.string().min(1).max(255);
const share = z.number().gt(0).max(1);
const some = z.array(text).min(1).max(1_000);

/** What a plan moves: all that has one of each list that is there. */
export const planScope = z.strictObject({
  /** Ids. */
  providers: some.optional(),
  /** Names, as clients send them. */
  models: some.optional(),
  endpoints: z.array(z.enum(ENDPOINTS)).min(1).optional(),
});

const metric = z.strictObject({
  id: z.enum(CANARY_STREAMS),
  mode: streamMode,
  /** What is slower is slow, in milliseconds; of the streams of slow requests only. */
  threshold_ms: z.number().gt(0).optional(),
});

const step = z.strictObject({
  id: name,
  /** Names or ids of the virtual keys that take part, and no others. */
  keys: some.optional(),
  /** Share of all requests in scope that are to take the new path. */
  traffic_share: share.optional(),
  /** Share of an enrolled key's requests that stay on the legacy path whatever else is said. */
  holdback: z.number().min(0).lt(1).default(0),
  /** How long the step takes at least. */
  bake: duration,
  /** How long it may take before it is inconclusive. */
  deadline: duration.prefault('7d'),
  /** Requests on the new path that there must have been. */
  min_requests: z.int().min(0).default(0),
  /** How many people must agree before the next step. */
  approvals: z.int().min(0).max(5).default(0),
  /** Nothing is known here by that name: a step that asks for a check that is not made must not be taken for checked. */
  gate: z.never({ error: 'is an unknown gate' }).optional(),
});

const finalStep = z.strictObject({ id: z.literal(FINAL_STEP) });

const isFinalStep = z.looseObject({ id: z.literal(FINAL_STEP) });

/** Told apart by the name, so that what is wrong with a step is said of that kind of step. */
const planStep = z
  .unknown()
  .transform((value, context): z.output<typeof finalStep> | z.output<typeof step> => {
    const schema = isFinalStep.safeParse(value).success ? finalStep : step;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
    return z.NEVER;
  });

const objectives = z.strictObject({
  /** Share of the new path's requests that are to be well. */
  success: z.number().gt(0).lt(1).default(0.999),
  /** How many times as fast as the objective allows its budget may be used up, over an hour and over five minutes. */
  burn: z.number().gte(1).default(14.4),
  mode: z.enum(['observe', 'hold', 'rollback']).default('hold'),
});

/** What neither arm may come to: both of them share a process, and what slows both does not tell them apart. */
const guards = z.strictObject({
  /** How late timers may run in any process, of a hundred the latest but one, in milliseconds; held above it. */
  event_loop_lag_ms: z.number().gt(0).default(250),
});

/** Whose arm is drawn: each request's, or once and for all each key's. */
export const ARM_UNITS = ['request', 'key'] as const;

const analysis = analysisSettings.extend({
  /** Share of an enrolled key's requests that take the new path while the paths are compared. */
  arm_share: z.number().gt(0).lt(1).default(0.5),
  arm_unit: z.enum(ARM_UNITS).default('request'),
  /** How long there may be no new events before the step is held. */
  blind_after: duration.prefault('10m'),
});

/** A plan as it is written, in YAML or JSON. It never changes: what is changed is another revision. */
export const releasePlan = z
  .strictObject({
    plan: name.regex(/^[a-z0-9][a-z0-9._-]*$/i, 'has letters, digits, ".", "_" and "-" only'),
    scope: planScope.prefault({}),
    analysis: analysis.prefault({}),
    metrics: z
      .array(metric)
      .max(CANARY_STREAMS.length)
      .prefault([{ id: 'any_failure', mode: 'rollback' }]),
    objectives: objectives.prefault({}),
    guards: guards.prefault({}),
    steps: z.array(planStep).min(2).max(50),
    freeze: z.array(freezeWindow).max(50).default([]),
  })
  .superRefine((plan, context) => {
    for (const { path, message } of [...faultsOfMetrics(plan.metrics), ...faultsOfSteps(plan.steps)]) {
      context.addIssue({ code: 'custom', path, message });
    }
  });

export type ReleasePlan = z.output<typeof releasePlan>;
export type PlanScope = ReleasePlan['scope'];
export type PlanStep = ReleasePlan['steps'][number];

interface Fault {
  readonly path: (string | number)[];
  readonly message: string;
}

type Metric = z.output<typeof metric>;

function* faultsOfMetrics(metrics: readonly Metric[]): Generator<Fault> {
  if (!metrics.some(({ mode }) => mode === 'rollback')) {
    yield { path: ['metrics'], message: 'one of them has the mode rollback' };
  }
  for (const [index, { id, mode, threshold_ms }] of metrics.entries()) {
    const fault = (field: string, message: string): Fault => ({ path: ['metrics', index, field], message });
    if (metrics.findIndex((other) => other.id === id) < index) yield fault('id', `"${id}" stands twice`);
    const isSlow = id.startsWith('slow_');
    if (!isSlow && threshold_ms !== undefined) yield fault('threshold_ms', `"${id}" has no threshold`);
    if (id === 'slow_overhead' && mode !== 'observe') {
      yield fault('mode', 'the overhead is not comparable across the paths, and can be observed only');
    }
    if (id === 'slow_token_rate' && mode !== 'observe' && threshold_ms === undefined) {
      yield fault('threshold_ms', 'is needed');
    }
  }
}

function* faultsOfSteps(steps: readonly z.output<typeof planStep>[]): Generator<Fault> {
  let reached = 0;
  for (const [index, each] of steps.entries()) {
    const fault = (field: string, message: string): Fault => ({ path: ['steps', index, field], message });
    if (steps.findIndex(({ id }) => id === each.id) < index) yield fault('id', `"${each.id}" stands twice`);
    const isLast = index === steps.length - 1;
    if (isLast !== (each.id === FINAL_STEP)) {
      yield fault('id', `the last step, and no other, is "${FINAL_STEP}"`);
    }
    if (!('bake' in each)) continue;
    const { keys, traffic_share, holdback, bake, deadline } = each;
    if ((keys === undefined) === (traffic_share === undefined)) {
      yield fault('traffic_share', 'a step has either this or keys');
    }
    if (deadline < bake) yield fault('deadline', 'is not before the end of the bake time');
    if (keys !== undefined && reached > 0) yield fault('keys', 'steps of keys come before those of traffic');
    if (traffic_share === undefined) continue;
    if (traffic_share === 1) yield fault('traffic_share', 'leaves nothing to compare with');
    if (traffic_share > 1 - holdback) yield fault('traffic_share', 'leaves nothing of the holdback');
    if (traffic_share < reached) yield fault('traffic_share', 'is not less than in the step before');
    reached = traffic_share;
  }
}
