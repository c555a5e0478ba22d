/** A request that Gemini does not take, as `google.rpc.Status` says it. */
export class GeminiRefusal extends Error {
  /** The HTTP status. */
  readonly code: number;
  /** The name of the canonical code. */
  readonly status: string;
  readonly details: readonly object[];

  constructor(code: number, status: string, message: string, details: readonly object[] = []) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

const MESSAGES: Readonly<Record<string, string>> = {
  INVALID_ARGUMENT: 'Request contains an invalid argument.',
  UNAUTHENTICATED: 'Request had invalid authentication credentials.',
  PERMISSION_DENIED: 'The caller does not have permission',
  NOT_FOUND: 'Requested entity was not found.',
  ABORTED: 'The operation was aborted.',
  RESOURCE_EXHAUSTED: 'You exceeded your current quota, please check your plan and billing details.',
  CANCELLED: 'The operation was cancelled.',
  INTERNAL: 'An internal error has occurred. Please retry or report in the developer forum.',
  UNAVAILABLE: 'The model is overloaded. Please try again later.',
  DEADLINE_EXCEEDED: 'Deadline expired before operation could complete.',
};

/** A 400 of the usual status. */
export function invalidArgument(message: string, details: readonly object[] = []): GeminiRefusal {
  return new GeminiRefusal(400, 'INVALID_ARGUMENT', message, details);
}

/** What the provider says with an HTTP status; a delay in seconds comes with it as `RetryInfo`. */
export function refusalOfStatus(code: number, message?: string, retryAfter?: number): GeminiRefusal {
  const status = STATUSES[code] ?? (code >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT');
  const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` };
  const details = retryAfter === undefined ? [] : [retry];
  return new GeminiRefusal(code, status, message ?? MESSAGES[status] ?? status, details);
}
