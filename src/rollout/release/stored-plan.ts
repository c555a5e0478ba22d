import type { ReleasePlan } from '../plan/release-plan.ts';

/** A plan that is no revision yet. */
export interface PlanDraft {
  /** As it was written: YAML or JSON. */
  readonly text: string;
  readonly plan: ReleasePlan;
  /** SHA-256 of what it says, in hex. */
  readonly hash: string;
}

/** A revision of a plan: it never changes. */
export interface StoredPlan extends PlanDraft {
  /** Its name and revision, such as `adapter-openai@2`. */
  readonly id: string;
  /** From 1. */
  readonly revision: number;
  readonly createdBy: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}
