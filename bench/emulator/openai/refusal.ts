/** The `error` object of an answer, as the OpenAI API reference describes it. */
export interface ErrorObject {
  message: string;
  type: string;
  param: string | null;
  /** A number only from the proxy in front of the API. */
  code: string | number | null;
}

/** A request the provider does not take: the HTTP status and the error object to answer with. */
export class Refusal extends Error {
  readonly status: number;
  readonly error: ErrorObject;

  constructor(status: number, error: ErrorObject) {
    super(error.message);
    this.status = status;
    this.error = error;
  }
}

/** A 400 of the usual type. */
export function badRequest(
  message: string,
  param: string | null = null,
  code: string | null = null,
): Refusal {
  return new Refusal(400, { message, type: 'invalid_request_error', param, code });
}
