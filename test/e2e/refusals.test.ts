import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmulatedGateway,
  KEYS,
  MODEL,
  postChat,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';

const messages = [{ role: 'user', content: 'Hello' }];

interface Refusal {
  name: string;
  key?: string;
  body?: unknown;
  headers?: Record<string, string>;
  status: number;
  code: string;
  param?: string;
}

const refusals: Refusal[] = [
  { name: 'no key', status: 401, code: 'missing_authorization' },
  {
    name: 'an empty bearer',
    headers: { authorization: 'Bearer ' },
    status: 401,
    code: 'missing_authorization',
  },
  { name: 'a key with a space', key: 'two words', status: 401, code: 'invalid_api_key' },
  { name: 'a key of 600 characters', key: 'k'.repeat(600), status: 401, code: 'invalid_api_key' },
  { name: 'an unknown key', key: 'vk-nobody-knows-me', status: 401, code: 'invalid_api_key' },
  { name: 'a disabled key', key: KEYS.disabled, status: 403, code: 'api_key_disabled' },
  { name: 'a body that is no JSON', key: KEYS.litellm, body: '{"model":', status: 400, code: 'invalid_json' },
  { name: 'no body', key: KEYS.litellm, body: '', status: 400, code: 'invalid_json' },
  { name: 'a body that is an array', key: KEYS.litellm, body: [], status: 400, code: 'invalid_body' },
  {
    name: 'a body that is too large',
    key: KEYS.litellm,
    body: { model: MODEL, messages: [{ role: 'user', content: 'x'.repeat(70_000) }] },
    status: 413,
    code: 'request_too_large',
  },
  {
    name: 'a body nested 201 deep',
    key: KEYS.litellm,
    body: `{"model":"${MODEL}","messages":${'['.repeat(200)}${']'.repeat(200)}}`,
    status: 400,
    code: 'nesting_too_deep',
  },
  {
    name: 'an unknown content encoding',
    key: KEYS.litellm,
    headers: { 'content-encoding': 'zstd-but-not-really' },
    status: 415,
    code: 'unsupported_encoding',
  },
  {
    name: 'no model',
    key: KEYS.litellm,
    body: { messages },
    status: 400,
    code: 'missing_required_parameter',
    param: 'model',
  },
  {
    name: 'an empty model',
    key: KEYS.litellm,
    body: { model: '', messages },
    status: 400,
    code: 'missing_required_parameter',
    param: 'model',
  },
  {
    name: 'a model that is a number',
    key: KEYS.litellm,
    body: { model: 4, messages },
    status: 400,
    code: 'invalid_type',
    param: 'model',
  },
  {
    name: 'an unknown model',
    key: KEYS.litellm,
    body: { model: 'gpt-17', messages },
    status: 404,
    code: 'model_not_found',
    param: 'model',
  },
  {
    name: 'a model of the prototype',
    key: KEYS.litellm,
    body: { model: '__proto__', messages },
    status: 404,
    code: 'model_not_found',
    param: 'model',
  },
  {
    name: 'no messages',
    key: KEYS.litellm,
    body: { model: MODEL },
    status: 400,
    code: 'missing_required_parameter',
    param: 'messages',
  },
  {
    name: 'empty messages',
    key: KEYS.litellm,
    body: { model: MODEL, messages: [] },
    status: 400,
    code: 'empty_array',
    param: 'messages',
  },
  {
    name: 'messages that are text',
    key: KEYS.litellm,
    body: { model: MODEL, messages: 'Hi' },
    status: 400,
    code: 'invalid_type',
    param: 'messages',
  },
  {
    name: 'a stream that is text',
    key: KEYS.litellm,
    body: { model: MODEL, messages, stream: 'yes' },
    status: 400,
    code: 'invalid_type',
    param: 'stream',
  },
];

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway({ env: { BODY_LIMIT: '64kb' } });
});
afterAll(() => gateway.stop());

describe('a client’s mistake', () => {
  it.each(refusals)('$name → $status $code', async ({ key, body, headers, status, code, param }) => {
    gateway.emulator.clear();
    const response = await postChat(gateway, {
      ...(key === undefined ? {} : { key }),
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { message: expect.stringMatching(/\S/), type: expect.any(String), param: param ?? null, code },
    });
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(response.headers.get('x-gateway-path')).toBeNull();
    expect(gateway.emulator.requests).toHaveLength(0);
  });

  it('counts under path none, as the client’s own', async () => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(text).toMatch(
      /gateway_requests_total\{path="none",.*model="other",.*outcome="client_error"\} [1-9]/,
    );
  });

  it('refuses a bomb that is small only while compressed', async () => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.litellm}`, 'content-encoding': 'gzip' },
      body: gzipSync('x'.repeat(10_000_000)),
    });
    expect(response.status).toBe(413);
  });

  it('takes a compressed body that fits', async () => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.litellm}`, 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify({ model: MODEL, messages })),
    });
    expect(response.status).toBe(200);
  });

  it.each([
    ['GET', '/v1/chat/completions', 405, 'method_not_allowed'],
    ['POST', '/v1/nothing/here', 404, 'not_found'],
    ['POST', '/api/auth/login', 400, 'invalid_json'],
  ])('%s %s → %i', async (method, path, status, code) => {
    const body = method === 'POST' ? '{"half":' : null;
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  it('answers Anthropic’s endpoint in Anthropic’s error shape', async () => {
    const response = await postChat(gateway, { path: '/v1/messages' });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      type: 'error',
      error: { type: 'authentication_error', message: expect.any(String) },
    });
  });
});
