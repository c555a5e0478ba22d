import type { Knex } from 'knex';
import { fitText } from '../core/fit-text.ts';

/** A provider may call its errors anything. */
const MAX_ERROR_BYTES = 1000;

/** A client may ask for anything. */
const MAX_MODEL_BYTES = 255;

/** One client request, as it is logged: counts and labels, no bodies. */
export interface LoggedRequest {
  readonly id: string;
  readonly virtualKeyId: string | undefined;
  readonly providerId: string | undefined;
  /** What the client asked for: the name of a virtual model, or of none at all. */
  readonly requestedModel: string | undefined;
  /** The model that answered. */
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
  /** Whether the tokens are the gateway's own count, the provider having given none. */
  readonly isEstimate: boolean;
  /** How often a provider was asked. */
  readonly attempts: number;
  readonly durationMs: number;
  /** Until the first generated token of a stream. */
  readonly firstTokenMs: number | undefined;
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
      requested_model: fitText(request.requestedModel, MAX_MODEL_BYTES),
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
      tokens_estimated: request.isEstimate,
      attempts: request.attempts,
      response_time: request.durationMs,
      time_to_first_token: request.firstTokenMs,
      cache_hit: request.isCacheHit,
      created_at: request.at,
    })),
  );
}
