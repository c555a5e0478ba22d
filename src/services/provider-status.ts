/** What a provider's error status means where its answer says no more. */
export interface StatusMeaning {
  /** `error.type`, in OpenAI's words. */
  readonly type: string;
  /** Whether the same request may succeed when it is sent again. */
  readonly retryable: boolean;
}

const refused = (type: string): StatusMeaning => ({ type, retryable: false });
const passing = (type: string): StatusMeaning => ({ type, retryable: true });

const MEANINGS: Readonly<Record<number, StatusMeaning>> = {
  400: refused('invalid_request_error'),
  401: refused('authentication_error'),
  403: refused('permission_error'),
  404: refused('invalid_request_error'),
  408: passing('timeout_error'),
  409: passing('conflict_error'),
  413: refused('request_too_large'),
  422: refused('invalid_request_error'),
  429: passing('rate_limit_error'),
  500: passing('api_error'),
  502: passing('api_error'),
  503: passing('api_error'),
  504: passing('timeout_error'),
  529: passing('overloaded_error'),
};

/** The one table of what a provider's status means; a status that is not in it is a plain `api_error`. */
export function meaningOfStatus(status: number): StatusMeaning {
  return MEANINGS[status] ?? refused('api_error');
}
