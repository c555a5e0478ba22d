/** What a provider's error status means where its answer says no more. */
export interface StatusMeaning {
  /** `error.type`, in OpenAI's words. */
  readonly type: string;
  /** `error.code`, for providers whose dialect has none. */
  readonly code: string;
  /** Whether the same request may succeed when it is sent again. */
  readonly retryable: boolean;
}

const refused = (type: string, code: string): StatusMeaning => ({ type, code, retryable: false });
const passing = (type: string, code: string): StatusMeaning => ({ type, code, retryable: true });

const MEANINGS: Readonly<Record<number, StatusMeaning>> = {
  400: refused('invalid_request_error', 'invalid_request'),
  401: refused('authentication_error', 'invalid_api_key'),
  402: refused('billing_error', 'insufficient_quota'),
  403: refused('permission_error', 'access_denied'),
  404: refused('invalid_request_error', 'not_found'),
  408: passing('timeout_error', 'timeout'),
  409: passing('conflict_error', 'conflict'),
  412: refused('invalid_request_error', 'precondition_failed'),
  413: refused('invalid_request_error', 'request_too_large'),
  422: refused('invalid_request_error', 'unprocessable_request'),
  429: passing('rate_limit_error', 'rate_limit_exceeded'),
  431: refused('invalid_request_error', 'request_headers_too_large'),
  499: refused('invalid_request_error', 'client_closed_request'),
  500: passing('api_error', 'internal_server_error'),
  501: refused('api_error', 'not_implemented'),
  502: passing('api_error', 'bad_gateway'),
  503: passing('api_error', 'service_unavailable'),
  504: passing('timeout_error', 'timeout'),
  529: passing('overloaded_error', 'overloaded'),
};

/** The one table of what a provider's status means; a status that is not in it is a plain `api_error`. */
export function meaningOfStatus(status: number): StatusMeaning {
  return MEANINGS[status] ?? refused('api_error', 'upstream_error');
}
