import type { DialectAnswer, DialectRequest, FormFile } from '../dialect.ts';
import type { Directive } from '../directive.ts';
import { checkAccess, checkModel, readFormBody, readJsonBody } from './check-access.ts';
import type { JsonObject } from './check-value.ts';
import type { Refusal } from './refusal.ts';
import { errorReply, htmlReply } from './reply.ts';
import { statusError } from './status-error.ts';

/** Status of an HTML error whose directive names none: what a firewall answers. */
const FIREWALL_STATUS = 403;

/** What the emulated account knows; any key and any model where a list is absent. */
export interface OpenaiOptions {
  apiKeys?: readonly string[];
  models?: readonly string[];
}

/** One request to OpenAI's API. */
export interface OpenaiCall {
  request: DialectRequest;
  options: OpenaiOptions;
  /** Number of the request, from 1. */
  number: number;
  requestId: string;
}

/** Answers the requests to one endpoint. @throws Refusal */
export type OpenaiHandler = (call: OpenaiCall) => DialectAnswer;

/**
 * The body of a request that is JSON and names a known model.
 *
 * @param refuse what the endpoint says of an unknown one, where it is not the usual 404
 * @throws Refusal
 */
export function readJsonCall(
  { request, options }: OpenaiCall,
  refuse?: (model: string) => Refusal,
): JsonObject & { model: string } {
  checkAccess(request.headers, options.apiKeys);
  const body = readJsonBody(request);
  checkModel(body, options.models, refuse);
  return body;
}

/** The fields of a request that is a form and names a known model; a name that ends in `[]` has a list. @throws Refusal */
export function readFormCall({ request, options }: OpenaiCall): FormFields & { model: string } {
  checkAccess(request.headers, options.apiKeys);
  const fields = gather(readFormBody(request));
  checkModel(fields, options.models);
  return fields;
}

type FormValue = string | FormFile;
type FormFields = Record<string, FormValue | FormValue[]>;

function gather(fields: readonly { name: string; value: FormValue }[]): FormFields {
  const gathered: FormFields = {};
  for (const { name, value } of fields) {
    const known = gathered[name];
    if (!name.endsWith('[]')) gathered[name] = value;
    else gathered[name] = Array.isArray(known) ? [...known, value] : [value];
  }
  return gathered;
}

/** An id in the provider's manner, the same for the same request of the same emulator. */
export function idOf(prefix: string, { number }: OpenaiCall): string {
  return `${prefix}${number.toString(36).padStart(29, '0')}`;
}

/** The error the directive asks for, otherwise the answer. */
export function withFault(
  call: OpenaiCall,
  model: string,
  directive: Directive | undefined,
  compose: () => DialectAnswer['reply'],
): DialectAnswer {
  if (directive === undefined) return { reply: compose(), directive };
  const { status, retryAfter, htmlError, errorMessage, errorShape } = directive;
  const headers = retryAfter === undefined ? [] : ['retry-after', String(retryAfter)];
  if (htmlError) return { reply: htmlReply(status ?? FIREWALL_STATUS, headers), directive };
  if (status === undefined) return { reply: compose(), directive };
  const error = statusError(status, model, errorMessage);
  if (errorShape !== undefined) {
    const body = JSON.stringify(ERROR_SHAPES[errorShape](error.message));
    return {
      reply: { kind: 'whole', status, headers: ['content-type', 'application/json', ...headers], body },
      directive,
    };
  }
  return { reply: errorReply(call.requestId, status, error, headers), directive };
}

/** How other providers of the dialect write an error. */
const ERROR_SHAPES = {
  text: (message: string) => ({ code: 'The operation failed', error: message }),
  message: (message: string) => ({ id: 'e-1', message }),
  detail: (message: string) => ({ detail: message }),
};
