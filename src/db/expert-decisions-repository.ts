import type { Knex } from 'knex';
import { z } from 'zod';
import { ofOwner, type Page, type PageRequest, readPage, within } from './page.ts';
import { bigNumber } from './row-types.ts';

const rowSchema = z
  .object({
    id: z.string(),
    virtual_key_id: z.string().nullable(),
    expert_routing_id: z.string(),
    request_hash: z.string(),
    outcome: z.string(),
    classifier_model: z.string().nullable(),
    classification_result: z.string().nullable(),
    selected_expert_id: z.string().nullable(),
    selected_expert_name: z.string().nullable(),
    selected_model: z.string().nullable(),
    fault: z.string().nullable(),
    classification_time: z.number(),
    prompt_tokens: z.number(),
    completion_tokens: z.number(),
    nano_dollars: bigNumber.nullable(),
    created_at: bigNumber,
  })
  .transform((row) => ({
    id: row.id,
    virtualKeyId: row.virtual_key_id,
    expertRoutingId: row.expert_routing_id,
    requestHash: row.request_hash,
    outcome: row.outcome,
    classifierModel: row.classifier_model,
    classificationResult: row.classification_result,
    selectedExpertId: row.selected_expert_id,
    selectedExpertName: row.selected_expert_name,
    selectedModel: row.selected_model,
    fault: row.fault,
    classificationTime: row.classification_time,
    promptTokens: row.prompt_tokens,
    completionTokens: row.completion_tokens,
    nanoDollars: row.nano_dollars,
    createdAt: row.created_at,
  }));

/** A logged choice among experts; times are milliseconds. */
export type StoredDecision = z.output<typeof rowSchema>;

/** Which decisions are asked for. */
export interface DecisionFilter {
  readonly expertRoutingId: string;
  /** Of the keys of this account only. */
  readonly ownerId?: string | undefined;
  readonly category?: string | undefined;
  readonly outcome?: string | undefined;
  readonly id?: string | undefined;
  readonly startTime?: number | undefined;
}

/** A page of decisions, the newest first. */
export function findDecisions(db: Knex, filter: DecisionFilter & PageRequest): Promise<Page<StoredDecision>> {
  return readPage(matching(db, filter), filter, rowSchema);
}

const groupRow = z.object({
  outcome: z.string(),
  expert_id: z.string().nullable(),
  category: z.string().nullable(),
  fault: z.string().nullable(),
  decisions: bigNumber,
  total_time: bigNumber,
});

/** How many decisions there were of one kind, and how long they took together in milliseconds. */
export type DecisionGroup = z.output<typeof groupRow>;

/** The decisions counted by outcome, expert, category and fault, in one query. */
export async function countDecisions(db: Knex, filter: DecisionFilter): Promise<readonly DecisionGroup[]> {
  const rows: unknown = await matching(db, filter)
    .select({
      outcome: 'outcome',
      expert_id: 'selected_expert_id',
      category: 'selected_expert_name',
      fault: 'fault',
    })
    .count({ decisions: '*' })
    .sum({ total_time: 'classification_time' })
    .groupBy('outcome', 'selected_expert_id', 'selected_expert_name', 'fault');
  return z.array(groupRow).parse(rows);
}

function matching(db: Knex, filter: DecisionFilter): Knex.QueryBuilder {
  const values = {
    expert_routing_id: filter.expertRoutingId,
    selected_expert_name: filter.category,
    outcome: filter.outcome,
    id: filter.id,
  };
  return ofOwner(db, within(db('expert_routing_logs'), values, filter), filter.ownerId);
}
