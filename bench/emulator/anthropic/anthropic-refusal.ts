/** A request that Anthropic does not take: the HTTP status, and the error's type and message. */
export class AnthropicRefusal extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** The error type that goes with a status. */
export function typeOfStatus(status: number): string {
  return TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

/** A 400 of the usual type. */
export function invalidRequest(message: string): AnthropicRefusal {
  return new AnthropicRefusal(400, 'invalid_request_error', message);
}
