import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { fitText } from '../core/fit-text.ts';
import type { Usage } from '../core/usage.ts';
import type { ExpertDecision, ExpertRoutingError } from '../services/expert-router/expert-decision.ts';

/** Of a column that has names; a classifier may name anything. */
const MAX_NAME_BYTES = 255;
const MAX_CLASSIFICATION_BYTES = 4000;

/** One choice among experts, as it is logged. */
export interface LoggedDecision {
  readonly virtualKeyId: string;
  readonly expertRoutingId: string;
  readonly decision: ExpertDecision | ExpertRoutingError['decision'];
  /** What the classifier's own call used; undefined where it used nothing, or nobody knows. */
  readonly usage: Usage | undefined;
  readonly nanoDollars: number | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Adds decisions to the log; no text of a request is among what they have. */
export async function insertDecisions(db: Knex, decisions: readonly LoggedDecision[]): Promise<void> {
  await db('expert_routing_logs').insert(
    decisions.map(({ virtualKeyId, expertRoutingId, decision, usage, nanoDollars, at }) => ({
      id: `decision_${randomUUID()}`,
      virtual_key_id: virtualKeyId,
      expert_routing_id: expertRoutingId,
      request_hash: decision.requestHash,
      outcome: decision.outcome,
      classifier_model: decision.classifierModel,
      classification_result: fitText(decision.classification, MAX_CLASSIFICATION_BYTES),
      selected_expert_id: decision.expertId,
      selected_expert_name: fitText(decision.category, MAX_NAME_BYTES),
      selected_model: decision.outcome === 'failed' ? undefined : decision.model,
      fault: decision.error?.fault,
      classification_time: decision.durationMs,
      prompt_tokens: usage?.prompt ?? 0,
      completion_tokens: usage?.completion ?? 0,
      nano_dollars: nanoDollars,
      created_at: at,
    })),
  );
}
