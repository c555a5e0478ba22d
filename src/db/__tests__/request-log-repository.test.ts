import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import { createWriteBehind } from '../../services/write-behind.ts';
import { insertRequests, type LoggedRequest } from '../request-log-repository.ts';
import { isRowFault } from '../row-fault.ts';

/** A request of which everything is known; every number and text is another. */
const WHOLE: LoggedRequest = {
  id: 'req_1',
  virtualKeyId: 'key_1',
  providerId: 'provider-1',
  requestedModel: 'smart-1',
  model: 'model-1',
  path: 'litellm',
  reason: 'flag',
  endpoint: 'chat.completions',
  stream: true,
  outcome: 'upstream_error',
  httpStatus: 502,
  errorCode: 'upstream_unreachable',
  promptTokens: 11,
  completionTokens: 12,
  cachedTokens: 13,
  reasoningTokens: 14,
  nanoDollars: 8_000_000_000_000_001,
  isEstimate: true,
  attempts: 16,
  durationMs: 15,
  firstTokenMs: 17,
  isCacheHit: true,
  at: 1_764_000_000_001,
};

/** One that was refused before anything was known of it. */
const BARE: LoggedRequest = {
  ...WHOLE,
  id: 'req_2',
  virtualKeyId: undefined,
  providerId: undefined,
  requestedModel: undefined,
  model: undefined,
  path: undefined,
  reason: undefined,
  errorCode: undefined,
  nanoDollars: undefined,
  isEstimate: false,
  firstTokenMs: undefined,
  stream: false,
  isCacheHit: false,
};

async function rowsOf(db: Knex): Promise<Record<string, unknown>[]> {
  return db('api_requests').orderBy('id');
}

describe('the request log', () => {
  it('D3 has each value in the column of its name', async () => {
    const { db } = await createMigratedDatabase();
    await insertRequests(db, [WHOLE, BARE]);
    expect(await rowsOf(db)).toEqual([
      {
        id: 'req_1',
        virtual_key_id: 'key_1',
        provider_id: 'provider-1',
        requested_model: 'smart-1',
        model: 'model-1',
        path: 'litellm',
        reason: 'flag',
        request_type: 'chat.completions',
        stream: 1,
        status: 'upstream_error',
        http_status: 502,
        error_message: 'upstream_unreachable',
        prompt_tokens: 11,
        completion_tokens: 12,
        cached_tokens: 13,
        reasoning_tokens: 14,
        nano_dollars: 8_000_000_000_000_001,
        tokens_estimated: 1,
        attempts: 16,
        response_time: 15,
        time_to_first_token: 17,
        cache_hit: 1,
        created_at: 1_764_000_000_001,
      },
      expect.objectContaining({
        id: 'req_2',
        virtual_key_id: null,
        provider_id: null,
        requested_model: null,
        model: null,
        path: null,
        reason: null,
        error_message: null,
        nano_dollars: null,
        stream: 0,
        cache_hit: 0,
        tokens_estimated: 0,
        time_to_first_token: null,
      }),
    ]);
  });

  it('D3 keeps to the columns whatever the order of the fields is', async () => {
    const { db } = await createMigratedDatabase();
    const reversed = Object.fromEntries(Object.entries(WHOLE).toReversed());
    await insertRequests(db, [WHOLE, { ...WHOLE, ...reversed, id: 'req_2' }]);
    const [first, second] = await rowsOf(db);
    expect(second).toEqual({ ...first, id: 'req_2' });
  });

  it('D1 cuts what a provider calls its error to what the column takes, at the border of a character', async () => {
    const { db } = await createMigratedDatabase();
    await insertRequests(db, [{ ...WHOLE, errorCode: '上游'.repeat(500) }]);
    const [row] = await rowsOf(db);
    expect(row?.error_message).toBe('上游'.repeat(500).slice(0, 333));
  });

  it('takes as many rows at once as are written at once', async () => {
    const { db } = await createMigratedDatabase();
    await insertRequests(
      db,
      Array.from({ length: 200 }, (_, index) => ({ ...WHOLE, id: `req_${index}` })),
    );
    expect(await rowsOf(db)).toHaveLength(200);
  });

  it('D1 has all rows but the one that cannot be written', async () => {
    const { db } = await createMigratedDatabase();
    const logger = createRecordingLogger();
    const write = (rows: readonly LoggedRequest[]) => insertRequests(db, rows);
    const writeBehind = createWriteBehind({ what: 'request log', write, isRowFault, logger });
    for (let index = 0; index < 250; index += 1) {
      // One has the id of another.
      const id = index === 20 ? 19 : index;
      writeBehind.add({ ...WHOLE, id: `req_${String(id).padStart(3, '0')}`, promptTokens: index });
    }
    await writeBehind.stop();
    const tokens = (await rowsOf(db)).map((row) => row.prompt_tokens);
    expect(tokens).toEqual(Array.from({ length: 250 }, (_, index) => index).filter((index) => index !== 20));
    expect(logger.entries.map(({ level }) => level)).toEqual(['error']);
  });
});
