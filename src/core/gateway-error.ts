import type { OutcomeKind } from './call-outcome.ts';

interface ErrorKind {
  /** HTTP status of the answer. */
  readonly status: number;
  /** `error.type` of the answer, in OpenAI's terms. */
  readonly type: string;
  /** Whether the same request may succeed when sent again. */
  readonly retryable: boolean;
  /** How the request counts. */
  readonly outcome: OutcomeKind;
}

const client = (status: number, type = 'invalid_request_error'): ErrorKind => ({
  status,
  type,
  retryable: false,
  outcome: 'client_error',
});

/** Every error that the gateway itself can answer with; `docs/errors.md` documents each, and a test keeps both equal. */
export const ERRORS = {
  invalid_json: client(400),
  invalid_body: client(400),
  invalid_type: client(400),
  missing_required_parameter: client(400),
  empty_array: client(400),
  unsupported_parameter: client(400),
  invalid_value: client(400),
  content_filter: client(400),
  nesting_too_deep: client(400),
  ambiguous_model: client(400),
  request_aborted: { ...client(400), outcome: 'client_abort' },
  missing_authorization: client(401, 'authentication_error'),
  invalid_api_key: client(401, 'authentication_error'),
  login_failed: client(401, 'authentication_error'),
  api_key_disabled: client(403, 'permission_error'),
  api_key_expired: client(403, 'permission_error'),
  forbidden: client(403, 'permission_error'),
  bot_detected: client(403, 'access_denied'),
  not_found: client(404),
  model_not_found: client(404),
  method_not_allowed: client(405),
  conflict: client(409),
  in_use: client(409),
  flag_conflict: client(409),
  request_too_large: client(413),
  unsupported_encoding: client(415),
  client_closed_request: { ...client(499), outcome: 'client_abort' },
  too_many_attempts: { status: 429, type: 'rate_limit_error', retryable: true, outcome: 'rate_limited' },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error', retryable: true, outcome: 'rate_limited' },
  insufficient_quota: { status: 429, type: 'insufficient_quota', retryable: false, outcome: 'rate_limited' },
  internal_error: { status: 500, type: 'api_error', retryable: false, outcome: 'gateway_error' },
  legacy_retired: { status: 501, type: 'api_error', retryable: false, outcome: 'gateway_error' },
  legacy_unavailable: { status: 502, type: 'api_error', retryable: true, outcome: 'gateway_error' },
  legacy_interrupted: { status: 502, type: 'api_error', retryable: true, outcome: 'gateway_error' },
  upstream_unreachable: { status: 502, type: 'api_error', retryable: true, outcome: 'upstream_error' },
  upstream_interrupted: { status: 502, type: 'api_error', retryable: true, outcome: 'truncated' },
  upstream_invalid_response: { status: 502, type: 'api_error', retryable: true, outcome: 'upstream_error' },
  upstream_stream_error: { status: 502, type: 'api_error', retryable: true, outcome: 'upstream_error' },
  upstream_address_refused: { status: 502, type: 'api_error', retryable: false, outcome: 'gateway_error' },
  flag_server_refused: { status: 502, type: 'api_error', retryable: false, outcome: 'gateway_error' },
  flag_server_unavailable: { status: 502, type: 'api_error', retryable: true, outcome: 'gateway_error' },
  expert_routing_failed: { status: 502, type: 'api_error', retryable: true, outcome: 'gateway_error' },
  upstream_overloaded: { status: 503, type: 'api_error', retryable: true, outcome: 'upstream_error' },
  no_gateway_available: {
    status: 503,
    type: 'service_unavailable',
    retryable: true,
    outcome: 'gateway_error',
  },
  draining: { status: 503, type: 'api_error', retryable: true, outcome: 'gateway_error' },
  upstream_timeout: { status: 504, type: 'api_error', retryable: true, outcome: 'timeout' },
  flag_change_unverified: { status: 502, type: 'api_error', retryable: true, outcome: 'gateway_error' },
  legacy_timeout: { status: 504, type: 'api_error', retryable: true, outcome: 'timeout' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** The body of an error answer in OpenAI's shape. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

export interface GatewayErrorDetail {
  /** The request field at fault, as a path such as `messages`. */
  readonly param?: string | undefined;
  readonly cause?: unknown;
  /** Whole seconds after which a retry makes sense. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * A failure with a code of the table. `message` goes to the client: it must hold no secret, no stack and no
 * internal address; the cause is for the log only.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, detail: GatewayErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.param = detail.param;
    this.retryAfterSeconds = detail.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get outcome(): OutcomeKind {
    return ERRORS[this.code].outcome;
  }

  /** What the client gets. */
  toBody(): ErrorBody {
    const { type } = ERRORS[this.code];
    return { error: { message: this.message, type, param: this.param ?? null, code: this.code } };
  }
}

/** The error itself where it is one of ours, else an `internal_error` that keeps it as cause and hides its text. */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError('internal_error', 'The gateway failed to serve this request.', { cause: error });
}
