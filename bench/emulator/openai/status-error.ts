import { STATUS_CODES } from 'node:http';
import type { ErrorObject } from './refusal.ts';

const HELP = 'or contact us through our help center at help.openai.com if you keep seeing this error.';

const SERVER_ERROR: ErrorObject = {
  message: `The server had an error processing your request. Sorry about that! You can retry your request, ${HELP}`,
  type: 'server_error',
  param: null,
  code: null,
};

/** What the provider says with statuses that have words of their own. */
const ERRORS: Record<number, (model: string) => ErrorObject> = {
  401: () => incorrectKey('emulated-key'),
  403: () => ({
    message: 'Country, region, or territory not supported',
    type: 'request_forbidden',
    param: null,
    code: 'unsupported_country_region_territory',
  }),
  404: unknownModel,
  429: (model) => ({
    message: `Rate limit reached for ${model} in organization org-emulator on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms. Visit https://platform.openai.com/account/rate-limits to learn more.`,
    type: 'requests',
    param: null,
    code: 'rate_limit_exceeded',
  }),
  500: () => SERVER_ERROR,
  502: () => ({ message: 'Bad gateway.', type: 'cf_bad_gateway', param: null, code: 502 }),
  503: () => ({
    message: 'The engine is currently overloaded, please try again later',
    type: 'server_error',
    param: null,
    code: null,
  }),
  504: () => ({ message: 'Gateway timeout.', type: 'cf_gateway_timeout', param: null, code: 504 }),
};

/** The error object that goes with a status a directive asks for. */
export function statusError(status: number, model: string, message: string | undefined): ErrorObject {
  const error = ERRORS[status]?.(model) ?? otherError(status);
  return message === undefined ? error : { ...error, message };
}

/** The error that takes the place of the rest of a stream. */
export function streamError(message: string | undefined): ErrorObject {
  return message === undefined ? SERVER_ERROR : { ...SERVER_ERROR, message };
}

/** The error that goes with a 404 for a model. */
export function unknownModel(model: string): ErrorObject {
  return {
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    type: 'invalid_request_error',
    param: null,
    code: 'model_not_found',
  };
}

/** Shows a key as the provider does: its two ends, short ones whole. */
export function incorrectKey(key: string): ErrorObject {
  const shown = key.length > 12 ? `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}` : key;
  return {
    message: `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`,
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  };
}

function otherError(status: number): ErrorObject {
  if (status >= 500) return SERVER_ERROR;
  const message = STATUS_CODES[status] ?? 'Client error';
  return { message, type: 'invalid_request_error', param: null, code: null };
}
