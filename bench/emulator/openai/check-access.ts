import type { IncomingHttpHeaders } from 'node:http';
import type { DialectRequest, FormField, RequestBody } from '../dialect.ts';
import { checkString, isObject, type JsonObject } from './check-value.ts';
import { badRequest, Refusal } from './refusal.ts';
import { incorrectKey, unknownModel } from './status-error.ts';

const NO_KEY =
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.";

const NO_JSON =
  "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)";

/**
 * @param apiKeys the keys that are taken; any when absent
 * @throws Refusal 401 without a bearer key or with a wrong one
 */
export function checkAccess(headers: IncomingHttpHeaders, apiKeys: readonly string[] | undefined): void {
  const key = /^bearer +(\S.*)$/i.exec(headers.authorization ?? '')?.[1];
  if (key === undefined) {
    throw new Refusal(401, { message: NO_KEY, type: 'invalid_request_error', param: null, code: null });
  }
  if (apiKeys !== undefined && !apiKeys.includes(key)) throw new Refusal(401, incorrectKey(key));
}

/** @throws Refusal 413 for a body that is too large, 400 for one that is no JSON object or not sent as JSON */
export function readJsonBody({ headers, body }: DialectRequest): JsonObject {
  refuseTooLarge(body);
  const type = headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) throw unsupportedType(type, 'application/json');
  if (body.kind !== 'json' || !isObject(body.value)) throw badRequest(NO_JSON);
  return body.value;
}

/** @throws Refusal 413 for a body that is too large, 400 for one that is no form or not sent as one */
export function readFormBody({ headers, body }: DialectRequest): readonly FormField[] {
  refuseTooLarge(body);
  const type = headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) throw unsupportedType(type, 'multipart/form-data');
  if (body.kind !== 'form') throw badRequest('Could not parse multipart form');
  return body.fields;
}

function refuseTooLarge(body: RequestBody): void {
  if (body.kind !== 'too-large') return;
  const message = `Maximum request body size ${body.limit} exceeded.`;
  const error = { message, type: 'invalid_request_error', param: null, code: 'request_too_large' };
  throw new Refusal(413, error);
}

function unsupportedType(type: string, supported: string): Refusal {
  const message = `Unsupported content type: '${type}'. This API method only accepts '${supported}' requests, but you specified the header 'Content-Type: ${type}'. Please try again with a supported content type.`;
  return badRequest(message, null, 'unsupported_content_type');
}

/**
 * @param models the names that are known; any when absent
 * @param refuse what is said of an unknown one
 * @throws Refusal 400 without a model, 404 for an unknown one unless `refuse` says otherwise
 */
export function checkModel(
  body: JsonObject,
  models: readonly string[] | undefined,
  refuse = (model: string) => new Refusal(404, unknownModel(model)),
): asserts body is JsonObject & { model: string } {
  const { model } = body;
  if (model === undefined || model === null || model === '') {
    throw badRequest('you must provide a model parameter');
  }
  checkString(model, 'model');
  if (models !== undefined && !models.includes(model)) throw refuse(model);
}
