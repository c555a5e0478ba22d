import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { ClassificationError, ExpertRoutingError } from '../../services/expert-router/expert-decision.ts';
import { insertDecisions, type LoggedDecision } from '../expert-log-repository.ts';

const facts = {
  classifierModel: 'classifier',
  classification: '{"type":"code"}',
  category: 'code',
  requestHash: 'a'.repeat(64),
  durationMs: 17,
};
const by = {
  virtualKeyId: 'key_1',
  expertRoutingId: 'virtual_1',
  usage: { prompt: 21, completion: 22, cached: 0, reasoning: 0 },
  nanoDollars: 23_000_000_000,
  at: 1_764_000_000_001,
};
const error = new ClassificationError('no_match', 'No expert is for it.', { cause: new Error('a secret') });

const matched: LoggedDecision = {
  ...by,
  decision: { ...facts, outcome: 'matched', model: 'coder', expertId: 'e1', error: undefined },
};
const fallback: LoggedDecision = {
  ...by,
  decision: { ...facts, outcome: 'fallback', model: 'anyone', expertId: undefined, error },
};
const failed: LoggedDecision = {
  ...by,
  decision: new ExpertRoutingError({
    ...facts,
    classification: undefined,
    category: undefined,
    outcome: 'failed',
    model: undefined,
    expertId: undefined,
    error: new ClassificationError('timeout', 'The classifier did not answer.'),
  }).decision,
};

async function logged(decisions: readonly LoggedDecision[]) {
  const { db } = await createMigratedDatabase();
  await insertDecisions(db, decisions);
  const rows: Record<string, unknown>[] = await db('expert_routing_logs').orderBy('outcome');
  return rows.map(({ id, ...row }) => {
    expect(id).toMatch(/^decision_[0-9a-f-]{36}$/);
    return row;
  });
}

describe('the log of experts', () => {
  it('M7 has a row for each decision, those that fell back or failed among them', async () => {
    const shared = {
      virtual_key_id: 'key_1',
      expert_routing_id: 'virtual_1',
      request_hash: 'a'.repeat(64),
      classifier_model: 'classifier',
      classification_time: 17,
      prompt_tokens: 21,
      completion_tokens: 22,
      nano_dollars: 23_000_000_000,
      created_at: 1_764_000_000_001,
    };
    const classified = { classification_result: '{"type":"code"}', selected_expert_name: 'code' };
    expect(await logged([matched, fallback, failed])).toEqual([
      {
        ...shared,
        outcome: 'failed',
        classification_result: null,
        selected_expert_id: null,
        selected_expert_name: null,
        selected_model: null,
        fault: 'timeout',
      },
      {
        ...shared,
        ...classified,
        outcome: 'fallback',
        selected_expert_id: null,
        selected_model: 'anyone',
        fault: 'no_match',
      },
      {
        ...shared,
        ...classified,
        outcome: 'matched',
        selected_expert_id: 'e1',
        selected_model: 'coder',
        fault: null,
      },
    ]);
  });

  it('D1 cuts what a classifier said to what the columns take', async () => {
    const said = '上'.repeat(1_000);
    const [row] = await logged([
      {
        ...by,
        decision: {
          ...facts,
          category: said,
          classification: said,
          outcome: 'fallback',
          model: 'anyone',
          expertId: undefined,
          error,
        },
      },
    ]);
    expect(row).toMatchObject({ selected_expert_name: '上'.repeat(85), classification_result: said });
  });
});
