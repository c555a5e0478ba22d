import type { Knex } from 'knex';
import { fitText } from './fit-text.ts';

/** A provider may call its errors anything. */
const MAX_ERROR_BYTES = 1000;

/** One client request, as it is logged: counts and labels, no bodies. */
export interface LoggedRequest {
  readonly id: string;
  readonly virtualKeyId: string | undefined;
  readonly providerId: string | undefined;
  readonly model: string | undefined;
  readonly path: string | undefined;
  readonly reason: string | undefined;
  readonly endpoint: string;
  readonly stream: boolean;
  readonly outcome: string;
  readonly httpStatus: number;
  readonly errorCode: string | undefined;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly nanoDollars: number | undefined;
  readonly durationMs: number;
  readonly isCacheHit: boolean;
  /** Epoch milliseconds of its end. */
  readonly at: number;
}

/** Adds requests to the log. */
export async function insertRequests(db: Knex, requests: readonly LoggedRequest[]): Promise<void> {
  await db('api_requests').insert(
    requests.map((request) => ({
      id: request.id,
      virtual_key_id: request.virtualKeyId,
      provider_id: request.providerId,
      model: request.model,
      path: request.path,
      reason: request.reason,
      request_type: request.endpoint,
      stream: request.stream,
      status: request.outcome,
      http_status: request.httpStatus,
      error_message: fitText(request.errorCode, MAX_ERROR_BYTES),
      prompt_tokens: request.promptTokens,
      completion_tokens: request.completionTokens,
      cached_tokens: request.cachedTokens,
      reasoning_tokens: request.reasoningTokens,
      nano_dollars: request.nanoDollars,
      response_time: request.durationMs,
      cache_hit: request.isCacheHit,
      created_at: request.at,
    })),
  );
}
