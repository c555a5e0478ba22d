import { idleKillFlag, rolloutFlag } from '../../rollout/flag-definition.ts';
import type { ReleaseRules } from '../../rollout/release-rules.ts';
import { ClassificationError } from '../../services/expert-router/expert-decision.ts';
import { findAuditEntries, insertAuditEntries } from '../audit-log-repository.ts';
import { findDecisions } from '../expert-decisions-repository.ts';
import { insertDecisions } from '../expert-log-repository.ts';
import { createKeySpendingRepository } from '../key-spending-repository.ts';
import { listPresets, replacePresets } from '../model-presets-repository.ts';
import { findBodies, insertBodies } from '../request-bodies-repository.ts';
import { findRequests } from '../request-history-repository.ts';
import { insertRequests } from '../request-log-repository.ts';
import { readRollout, writeRollout } from '../rollout-repository.ts';
import { readSystemConfig, writeSystemConfig } from '../system-config-repository.ts';
import { MADE_UP, WRITTEN_AT, type WrittenRow } from './written-row.ts';

const PAGE = { page: 1, pageSize: 10 };

const SWITCHES = { stream: false, isEstimate: false, isCacheHit: false };

/** A request with one of its switches on. */
function request(on: keyof typeof SWITCHES): WrittenRow {
  const switches = { ...SWITCHES, [on]: true };
  const column = { stream: 'stream', isEstimate: 'tokens_estimated', isCacheHit: 'cache_hit' }[on];
  const named = {
    id: 'req_1',
    virtualKeyId: 'key_1',
    providerId: 'provider-1',
    requestedModel: 'smart',
    model: 'gpt',
    path: 'litellm',
    reason: 'enrolled',
    promptTokens: 11,
    completionTokens: 12,
    cachedTokens: 13,
    reasoningTokens: 14,
    nanoDollars: 15,
    attempts: 16,
  };
  return {
    table: 'api_requests',
    write: (db) =>
      insertRequests(db, [
        {
          ...named,
          ...switches,
          endpoint: 'responses',
          outcome: 'upstream_error',
          httpStatus: 502,
          errorCode: 'upstream_unreachable',
          durationMs: 17,
          firstTokenMs: 18,
          at: WRITTEN_AT,
        },
      ]),
    columns: {
      id: 'req_1',
      virtual_key_id: 'key_1',
      provider_id: 'provider-1',
      requested_model: 'smart',
      model: 'gpt',
      path: 'litellm',
      reason: 'enrolled',
      request_type: 'responses',
      status: 'upstream_error',
      http_status: 502,
      error_message: 'upstream_unreachable',
      prompt_tokens: 11,
      completion_tokens: 12,
      cached_tokens: 13,
      reasoning_tokens: 14,
      nano_dollars: 15,
      attempts: 16,
      response_time: 17,
      time_to_first_token: 18,
      stream: 0,
      tokens_estimated: 0,
      cache_hit: 0,
      [column]: 1,
      created_at: WRITTEN_AT,
    },
    read: async (db) => (await findRequests(db, PAGE)).rows[0],
    fields: {
      ...named,
      requestType: 'responses',
      status: 'upstream_error',
      httpStatus: 502,
      errorMessage: 'upstream_unreachable',
      responseTime: 17,
      timeToFirstToken: 18,
      stream: switches.stream,
      tokensEstimated: switches.isEstimate,
      cacheHit: switches.isCacheHit,
      createdAt: WRITTEN_AT,
    },
  };
}

const bodies: WrittenRow = {
  table: 'api_request_bodies',
  write: (db) =>
    insertBodies(db, [
      { requestId: 'req_1', requestBody: 'asked', responseBody: 'answered', at: WRITTEN_AT },
    ]),
  columns: { request_id: 'req_1', request_body: 'asked', response_body: 'answered', created_at: WRITTEN_AT },
  read: (db) => findBodies(db, 'req_1'),
  fields: { requestBody: 'asked', responseBody: 'answered' },
};

const decisionColumns = {
  id: MADE_UP,
  virtual_key_id: 'key_1',
  expert_routing_id: 'virtual_1',
  request_hash: 'hash',
  classifier_model: 'judge',
  classification_result: '{"type":"code"}',
  selected_expert_name: 'code',
  classification_time: 21,
  prompt_tokens: 22,
  completion_tokens: 23,
  nano_dollars: 24,
  created_at: WRITTEN_AT,
};
const decisionFields = {
  id: MADE_UP,
  virtualKeyId: 'key_1',
  expertRoutingId: 'virtual_1',
  requestHash: 'hash',
  classifierModel: 'judge',
  classificationResult: '{"type":"code"}',
  selectedExpertName: 'code',
  classificationTime: 21,
  promptTokens: 22,
  completionTokens: 23,
  nanoDollars: 24,
  createdAt: WRITTEN_AT,
};

/** A decision that found an expert, or that did not. */
function decision(expertId: string | undefined): WrittenRow {
  const facts = {
    classifierModel: 'judge',
    category: 'code',
    classification: '{"type":"code"}',
    requestHash: 'hash',
    durationMs: 21,
    model: 'gpt',
  };
  const error = new ClassificationError('no_match', 'No expert is for it.');
  const isMatched = expertId !== undefined;
  const outcome = isMatched ? 'matched' : 'fallback';
  const fault = isMatched ? null : 'no_match';
  return {
    table: 'expert_routing_logs',
    write: (db) =>
      insertDecisions(db, [
        {
          virtualKeyId: 'key_1',
          expertRoutingId: 'virtual_1',
          decision: isMatched
            ? { ...facts, outcome: 'matched', expertId, error: undefined }
            : { ...facts, outcome: 'fallback', expertId: undefined, error },
          usage: { prompt: 22, completion: 23, cached: 5, reasoning: 6 },
          nanoDollars: 24,
          at: WRITTEN_AT,
        },
      ]),
    columns: {
      ...decisionColumns,
      outcome,
      selected_expert_id: expertId ?? null,
      selected_model: 'gpt',
      fault,
    },
    read: async (db) => (await findDecisions(db, { ...PAGE, expertRoutingId: 'virtual_1' })).rows[0],
    fields: { ...decisionFields, outcome, selectedExpertId: expertId ?? null, selectedModel: 'gpt', fault },
  };
}

const change = { actor: 'ada', action: 'update', entity: 'model', before: { a: 1 }, after: { b: 2 } };

const audit: WrittenRow = {
  table: 'audit_log',
  write: (db) => insertAuditEntries(db, [{ ...change, entityId: 'model_1' }]),
  columns: {
    ...change,
    id: MADE_UP,
    entity_id: 'model_1',
    before: '{"a":1}',
    after: '{"b":2}',
    created_at: WRITTEN_AT,
  },
  read: async (db) => (await findAuditEntries(db, PAGE)).rows[0],
  fields: { ...change, id: MADE_UP, entity_id: 'model_1', created_at: WRITTEN_AT },
};

const spending: WrittenRow = {
  table: 'key_spending',
  async write(db) {
    const { add } = createKeySpendingRepository(db);
    await add('key_1', '2026-11', { tokens: 30, nanoDollars: 40 });
    await add('key_1', '2026-11', { tokens: 1, nanoDollars: 2 });
  },
  columns: { virtual_key_id: 'key_1', month: '2026-11', tokens: 31, nano_dollars: 42 },
  read: (db) => createKeySpendingRepository(db).spent('key_1', '2026-11'),
  fields: { tokens: 31, nanoDollars: 42 },
};

const setting: WrittenRow = {
  table: 'system_config',
  async write(db) {
    await db('system_config').delete();
    await writeSystemConfig(db, 'public_url', 'https://old.example');
    await writeSystemConfig(db, 'public_url', 'https://gateway.example');
  },
  columns: {
    key: 'public_url',
    value: 'https://gateway.example',
    description: null,
    updated_at: WRITTEN_AT,
  },
  read: (db) => readSystemConfig(db, 'public_url'),
  fields: 'https://gateway.example',
};

const rules: ReleaseRules = {
  runId: 'run_1',
  stepId: 'named',
  sequence: 3,
  scope: { providers: ['openai'] },
  armUnit: 'request',
  slow: { firstTokenMs: 900, overheadMs: null, tokenMs: null },
  isRecorded: true,
};
const rollout = { flags: [rolloutFlag(37)], armShare: 0.5, armSalt: 'salt', rules };

const rolloutRows: readonly WrittenRow[] = [
  {
    table: 'rollout_settings',
    write: (db) => writeRollout(db, rollout),
    columns: {
      id: 1,
      arm_share: 0.5,
      arm_salt: 'salt',
      rules: JSON.stringify(rules),
      updated_at: WRITTEN_AT,
    },
    read: readRollout,
    fields: rollout,
  },
  {
    table: 'flag_definitions',
    write: (db) => writeRollout(db, { ...rollout, flags: [idleKillFlag()] }),
    columns: {
      name: idleKillFlag().name,
      definition: JSON.stringify(idleKillFlag()),
      updated_at: WRITTEN_AT,
    },
    read: readRollout,
    fields: { ...rollout, flags: [idleKillFlag()] },
  },
];

const preset = {
  name: 'gpt-2024',
  provider: 'openai',
  mode: 'chat',
  maxInputTokens: 41,
  maxOutputTokens: 42,
  rates: { prompt: 43, cached: 44, cacheWrite: 45, completion: 46, reasoning: 47 },
  longPrompts: [{ above: 48, prompt: 49 }],
  hasOtherTokens: true,
  supports: ['vision'],
};

const presets: WrittenRow = {
  table: 'model_presets',
  write: (db) =>
    db.transaction((transaction) =>
      replacePresets(transaction, { presets: [preset], source: 'a list', updatedAt: WRITTEN_AT, skipped: 3 }),
    ),
  columns: {
    name: 'gpt-2024',
    provider: 'openai',
    mode: 'chat',
    max_input_tokens: 41,
    max_output_tokens: 42,
    prompt_rate: 43,
    cached_rate: 44,
    cache_write_rate: 45,
    completion_rate: 46,
    reasoning_rate: 47,
    long_prompts: '[{"above":48,"prompt":49}]',
    has_other_tokens: 1,
    supports: '["vision"]',
  },
  read: async (db) => (await listPresets(db))[0],
  fields: preset,
};

/** Everything that is written while the gateway runs, and what it goes by. */
export const LOGGED_ROWS: readonly WrittenRow[] = [
  request('stream'),
  request('isEstimate'),
  request('isCacheHit'),
  bodies,
  decision('coder'),
  decision(undefined),
  audit,
  spending,
  setting,
  ...rolloutRows,
  presets,
];
