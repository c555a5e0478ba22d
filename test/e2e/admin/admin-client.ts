import { expect } from 'vitest';
import { isJsonObject, type JsonObject, parseJson } from '../../../src/core/json.ts';
import { ADMIN_TOKEN } from '../../support/running-gateway.ts';

/** An answer of the admin API, with its body parsed. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** Asks the admin API of a gateway. The path is below `/api/admin`; the token is the configured one if none is given. */
export async function askAdmin(
  gateway: { readonly url: string },
  method: string,
  path: string,
  options: { readonly body?: object; readonly token?: string } = {},
): Promise<AdminAnswer> {
  const { body, token = ADMIN_TOKEN } = options;
  const response = await fetch(`${gateway.url}/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = parseJson(await response.text());
  return { status: response.status, body: isJsonObject(answer) ? answer : {} };
}

/** Adds something, and gives what the answer has of it. */
export async function addByAdmin(
  gateway: { readonly url: string },
  path: string,
  body: object,
  token?: string,
): Promise<JsonObject> {
  const answer = await askAdmin(gateway, 'POST', path, { body, ...(token === undefined ? {} : { token }) });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}
