import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callFor } from '../../../../test/support/provider-call.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';
import { Secret } from '../../../core/secret.ts';
import { cacheKeyOf } from '../cache-key-of.ts';

const BODY: JsonObject = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] };
const CALL = callFor({ body: BODY });
const KEY = cacheKeyOf(CALL, 'litellm');

const withBody = (fields: JsonObject) => cacheKeyOf({ ...CALL, body: { ...BODY, ...fields } }, 'litellm');
const withCall = (fields: Partial<ProviderCall>) => cacheKeyOf({ ...CALL, ...fields }, 'litellm');
const tool = (name: string, parameters: JsonObject = {}) => ({
  type: 'function',
  function: { name, parameters },
});

describe('two requests have different keys when they differ in', () => {
  it.each<[string, JsonObject]>([
    ['the model', { model: 'gpt-4o' }],
    ['the messages’ text', { messages: [{ role: 'user', content: 'hello' }] }],
    ['white space in a message', { messages: [{ role: 'user', content: 'Hello ' }] }],
    ['a message’s name', { messages: [{ role: 'user', content: 'Hello', name: 'Ann' }] }],
    ['a tool call’s id', { messages: [{ role: 'tool', content: 'Hello', tool_call_id: 'call_1' }] }],
    ['the tools', { tools: [tool('look')] }],
    ['tool_choice', { tool_choice: 'required' }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['the seed', { seed: 7 }],
    ['temperature', { temperature: 0.70001 }],
    ['top_p', { top_p: 1 }],
    ['max_tokens', { max_tokens: 10 }],
    ['max_completion_tokens', { max_completion_tokens: 10 }],
    ['stop', { stop: ['.'] }],
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['the prompt', { prompt: 'Hello' }],
    ['the input', { input: 'Hello' }],
    ['reasoning_effort', { reasoning_effort: 'low' }],
    ['the user', { user: 'ann' }],
    ['metadata', { metadata: { team: 'a' } }],
    ['stream_options', { stream_options: { include_usage: true } }],
    ['a field that nobody knows', { something_new: 1 }],
    ['a field that is null, not absent', { seed: null }],
  ])('%s', (_what, fields) => {
    expect(withBody(fields)).not.toBe(KEY);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['the value’s type', { seed: 1 }, { seed: '1' }],
    ['the tools’ order', { tools: [tool('a'), tool('b')] }, { tools: [tool('b'), tool('a')] }],
    [
      'the order of a schema’s properties',
      { tools: [tool('a', { properties: { x: {}, y: {} } })] },
      { tools: [tool('a', { properties: { y: {}, x: {} } })] },
    ],
    [
      'a tool’s schema',
      { tools: [tool('a', { type: 'object' })] },
      { tools: [tool('a', { type: 'array' })] },
    ],
  ])('%s', (_what, one, other) => {
    expect(withBody(one)).not.toBe(withBody(other));
  });

  it.each<[string, Partial<ProviderCall>]>([
    ['the endpoint', { endpoint: 'completions' }],
    ['the upstream path', { upstreamPath: '/completions' }],
    ['streaming', { stream: true }],
    ['who asked for the usage', { withholdUsage: true }],
    ['the virtual key', { key: { ...CALL.key, id: 'key-2' } }],
    ['compat', { key: { ...CALL.key, compat: 'portkey' } }],
    ['the provider', { provider: { ...CALL.provider, id: 'other' } }],
    ['the provider’s type', { provider: { ...CALL.provider, type: 'deepseek' } }],
    ['the provider’s profile', { provider: { ...CALL.provider, profile: 'groq' } }],
    ['the provider’s address', { provider: { ...CALL.provider, baseUrl: 'https://other.example/v1' } }],
    ['anthropic-beta', { headers: { 'anthropic-beta': 'x' } }],
    ['anthropic-version', { headers: { 'anthropic-version': 'x' } }],
    ['openai-beta', { headers: { 'openai-beta': 'x' } }],
  ])('%s', (_what, fields) => {
    expect(withCall(fields)).not.toBe(KEY);
  });

  it('the path', () => {
    expect(cacheKeyOf(CALL, 'legacy')).not.toBe(KEY);
  });

  it('anything at all in their bodies', () => {
    const bodies = fc
      .dictionary(fc.constantFrom('model', 'seed', 'stop', 'input', '__proto__'), fc.jsonValue())
      .map((body): JsonObject => JSON.parse(JSON.stringify(body)));
    fc.assert(
      fc.property(bodies, bodies, (one, other) => {
        const isSame =
          cacheKeyOf(callFor({ body: one }), 'legacy') === cacheKeyOf(callFor({ body: other }), 'legacy');
        expect(isSame).toBe(isDeepStrictEqual(one, other));
      }),
    );
  });
});

describe('two requests have the same key when they differ in', () => {
  it('the order of fields, at any depth', () => {
    const messages = [{ content: 'Hello', role: 'user' }];
    expect(withCall({ body: { messages, model: 'gpt-4o-mini' } })).toBe(KEY);
  });

  it.each<[string, Partial<ProviderCall>]>([
    ['the request’s id', { requestId: 'request-2', drawId: 'request-2/2' }],
    ['what only traces or names the request', { headers: { traceparent: '00-1', 'idempotency-key': 'a' } }],
    ['the limits of its model', { limits: { timeoutMs: 5 } }],
    [
      'the provider’s key, as after a rotation',
      { provider: { ...CALL.provider, apiKey: new Secret('new') } },
    ],
  ])('%s', (_what, fields) => {
    expect(withCall(fields)).toBe(KEY);
  });
});

describe('a request has no key', () => {
  it('when it is a form', () => {
    const form = { contentType: 'multipart/form-data; boundary=x', bytes: Buffer.from('x') };
    expect(withCall({ form })).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    ['runs in the background', { background: true }],
    ['adds to a conversation', { conversation: 'conv_1' }],
    ['runs in a container', { container: 'container_1' }],
    ['lets the provider call servers', { mcp_servers: [{ type: 'url', url: 'https://mcp.example' }] }],
    ['lets the provider call servers as tools', { tools: [tool('a'), { type: 'mcp' }] }],
    ['names a tool’s container', { tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }],
  ])('when it %s', (_what, fields) => {
    expect(withBody(fields)).toBeUndefined();
  });

  it('and has one when it only says that it does not', () => {
    const fields = {
      background: false,
      conversation: null,
      tools: [{ type: 'code_interpreter', container: { type: 'auto' } }],
    };
    expect(withBody(fields)).toBeTypeOf('string');
  });
});

it('a key is a hash that holds nothing of the request', () => {
  expect(KEY).toMatch(/^[\w-]{43}$/);
});
