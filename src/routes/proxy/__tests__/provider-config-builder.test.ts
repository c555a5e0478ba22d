import { describe, expect, it } from 'vitest';
import { virtualKey } from '../../../../test/support/catalog-content.ts';
import type { ProviderType } from '../../../core/catalog.ts';
import type { JsonObject } from '../../../core/json.ts';
import { Secret } from '../../../core/secret.ts';
import { ENDPOINT_ROUTES } from '../endpoints.ts';
import { buildCall, buildProviderConfig, type CheckedRequest } from '../provider-config-builder.ts';

const key = virtualKey({ path: 'litellm', compat: 'openai' });

const model = {
  id: 'm',
  name: 'gpt',
  providerId: 'p',
  modelIdentifier: 'gpt-2024',
  limits: {},
  enabled: true,
};
const provider = {
  id: 'p',
  type: 'openai' as const,
  baseUrl: 'https://llm.example/v1',
  baseUrlIsExplicit: true,
  apiKey: new Secret('sk-upstream'),
};

function call(
  body: JsonObject,
  fields: Partial<CheckedRequest> & { type?: ProviderType; endpoint?: string } = {},
) {
  const { type = 'openai', endpoint = 'chat.completions', ...others } = fields;
  const route = ENDPOINT_ROUTES.find((candidate) => candidate.endpoint === endpoint);
  if (route === undefined) throw new Error(`There is no endpoint ${endpoint}.`);
  return buildCall({
    requestId: 'req_1',
    drawId: 'req_1',
    route,
    key,
    resolved: { model, provider: { ...provider, type } },
    body,
    headers: {},
    ...others,
  });
}

const chat: JsonObject = { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }] };

describe('buildProviderConfig', () => {
  it('says whose account a model is called at, within which limits, and with which of the client’s headers', () => {
    const limits = { timeoutMs: 30_000, maxRetries: 1 };
    const headers = { traceparent: '00-1', authorization: 'Bearer vk', 'x-portkey-config': '{}' };
    expect(buildProviderConfig({ model: { ...model, limits }, provider }, headers)).toEqual({
      provider,
      limits,
      headers: { traceparent: '00-1' },
    });
  });
});

describe('the call', () => {
  it('carries what the paths need, and nothing of the key but its id and its two settings', () => {
    const made = call(chat);
    expect(made).toMatchObject({
      requestId: 'req_1',
      drawId: 'req_1',
      endpoint: 'chat.completions',
      upstreamPath: '/chat/completions',
      stream: false,
      headers: {},
      model: 'gpt',
      provider: { id: 'p' },
      withholdUsage: false,
    });
    expect(made.key).toEqual({ id: 'key_1', path: 'litellm', compat: 'openai' });
  });

  it.each([
    [true, true],
    [false, false],
    [null, false],
  ])('streams for stream: %s: %s', (stream, expected) => {
    expect(call({ ...chat, stream }).stream).toBe(expected);
  });
});

describe('the body', () => {
  it("has the provider's identifier in place of the name, and everything else as the client wrote it", () => {
    const odd = {
      ...chat,
      temperature: 0,
      top_p: null,
      n: 2,
      unknown_field: { a: [0, false, ''] },
      seed: 0,
      user: '',
    };
    expect(call(odd).body).toEqual({ ...odd, model: 'gpt-2024' });
  });

  it('keeps the order of the fields', () => {
    expect(JSON.stringify(call({ seed: 1, model: 'gpt', messages: [] }).body)).toBe(
      '{"seed":1,"model":"gpt-2024","messages":[]}',
    );
  });

  it('is not the client’s own object, which stays as it is', () => {
    const body: JsonObject = { ...chat, stream: true, stream_options: { include_obfuscation: false } };
    const before = structuredClone(body);
    call(body);
    expect(body).toEqual(before);
  });

  it('keeps a field named __proto__ a field', () => {
    const body = JSON.parse('{"model":"gpt","stream":true,"__proto__":{"polluted":true}}');
    expect(JSON.stringify(call(body).body)).toContain('"__proto__":{"polluted":true}');
  });
});

describe('usage of a stream', () => {
  it.each<[string, JsonObject]>([
    ['no stream options', {}],
    ['stream options null', { stream_options: null }],
    ['empty stream options', { stream_options: {} }],
    ['include_usage false', { stream_options: { include_usage: false } }],
  ])('is asked for and withheld where the client sent %s', (_, fields) => {
    const { body, withholdUsage } = call({ ...chat, stream: true, ...fields });
    expect(body.stream_options).toEqual({ include_usage: true });
    expect(withholdUsage).toBe(true);
  });

  it('is asked for beside the client’s other stream options', () => {
    const { body } = call({ ...chat, stream: true, stream_options: { include_obfuscation: false } });
    expect(body.stream_options).toEqual({ include_obfuscation: false, include_usage: true });
  });

  it('is the client’s own where it asked itself', () => {
    const stream_options = { include_usage: true, extra: 1 };
    const { body, withholdUsage } = call({ ...chat, stream: true, stream_options });
    expect(body.stream_options).toEqual(stream_options);
    expect(withholdUsage).toBe(false);
  });

  it.each([['usage'], [true], [[1]]])(
    'is left to the provider’s refusal where stream_options is %j',
    (stream_options) => {
      const { body, withholdUsage } = call({ ...chat, stream: true, stream_options });
      expect(body.stream_options).toEqual(stream_options);
      expect(withholdUsage).toBe(false);
    },
  );

  it('is not asked for without a stream, where the client’s options stay', () => {
    expect(call(chat).body).not.toHaveProperty('stream_options');
    expect(call({ ...chat, stream_options: { a: 1 } }).body.stream_options).toEqual({ a: 1 });
  });

  it.each<[ProviderType, string, boolean]>([
    ['openai', 'chat.completions', true],
    ['deepseek', 'chat.completions', true],
    ['openai-compatible', 'chat.completions', true],
    ['openai', 'completions', true],
    ['anthropic', 'chat.completions', false],
    ['google', 'chat.completions', false],
    ['openai', 'responses', false],
    ['anthropic', 'messages', false],
  ])('is asked of %s at %s: %s', (type, endpoint, expected) => {
    const made = call({ ...chat, stream: true }, { type, endpoint });
    expect('stream_options' in made.body).toBe(expected);
    expect(made.withholdUsage).toBe(expected);
  });
});

describe('headers', () => {
  it('are those of the allow-list and no others', () => {
    const forwarded = {
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'tools',
      'openai-beta': 'assistants=v2',
      'idempotency-key': 'once',
      traceparent: '00-1-2-01',
    };
    const others = {
      authorization: 'Bearer vk',
      cookie: 'a=b',
      'x-api-key': 'vk',
      'x-portkey-config': '{}',
      'x-portkey-provider': 'openai',
      'x-forwarded-for': '10.0.0.1',
      'x-request-id': 'mine',
      'openai-organization': 'org',
      'user-agent': 'client',
      tracestate: 'x',
      host: 'gateway',
      'content-length': '3',
    };
    expect(call(chat, { headers: { ...others, ...forwarded } }).headers).toEqual(forwarded);
  });
});
