import { z } from 'zod';
import { releaseRules } from '../release-rules.ts';
import { exposure } from './release-run.ts';

/** What can be decided of a run. */
export const DECISION_KINDS = [
  'start',
  'promote',
  'skip',
  'approve',
  'hold',
  'inconclusive',
  'resume',
  'rollback',
  'abort',
] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** What a decision changes of the rollout. */
export const decidedChange = z.strictObject({
  ...exposure.shape,
  rules: releaseRules.omit({ sequence: true }),
});

/**
 * A decision, written before it is acted on: whoever finds it pending acts on it, and whatever it asks for may be asked
 * for again.
 */
export const releaseDecision = z.strictObject({
  id: z.string(),
  runId: z.string(),
  /** Grows with every decision of any run: what is older than what is in force is refused. */
  sequence: z.int().min(1),
  kind: z.enum(DECISION_KINDS),
  /** The step that it is about: the next one, where it is to begin. */
  stepId: z.string(),
  actor: z.string(),
  reason: z.string(),
  /** Undefined where nothing of the rollout changes. */
  change: decidedChange.optional(),
  /** `pending` until it was seen in force; `failed` where it was given up. */
  status: z.enum(['pending', 'done', 'failed']),
  /** Why it could not be carried out when it was last tried. */
  fault: z.string().optional(),
  attempts: z.int().min(0),
  /** Epoch milliseconds. */
  at: z.int().min(0),
  settledAt: z.int().min(0).optional(),
});

export type ReleaseDecision = Readonly<z.output<typeof releaseDecision>>;

/** A decision that is not stored yet. */
export type NewDecision = Pick<ReleaseDecision, 'kind' | 'stepId' | 'actor' | 'reason' | 'change'>;

/** How a pending decision ended. */
export type SettledDecision = Pick<ReleaseDecision, 'id' | 'status' | 'fault'>;

const FORWARD: ReadonlySet<DecisionKind> = new Set(['start', 'promote', 'skip']);

/** Whether it begins a step: going back, and staying, is never kept from anybody. */
export function goesForward({ kind }: Pick<ReleaseDecision, 'kind'>): boolean {
  return FORWARD.has(kind);
}

/** Who decides where nobody does. */
export const CONTROLLER = 'release-controller';

/** What was decided and is not in force yet is not to come into force any more. */
export function superseded(pending: ReleaseDecision, by: string): SettledDecision {
  return { id: pending.id, status: 'failed', fault: `superseded by: ${by}` };
}
