import { describe, expect, it } from 'vitest';
import type { CompatibleProfile, ProviderType } from '../../../../core/catalog.ts';
import type { JsonObject } from '../../../../core/json.ts';
import type { ProviderCall } from '../../../../core/provider-call.ts';
import { Secret } from '../../../../core/secret.ts';
import { toOpenAIRequest } from '../openai-request.ts';

function requestOf(body: JsonObject, type: ProviderType = 'openai', profile?: CompatibleProfile) {
  const provider = {
    id: 'p',
    type,
    profile,
    baseUrl: 'https://llm.example/v1',
    baseUrlIsExplicit: true,
    apiKey: new Secret('sk-upstream'),
  };
  const call: ProviderCall = {
    requestId: 'req_1',
    drawId: 'draw_1',
    endpoint: 'chat.completions',
    upstreamPath: '/chat/completions',
    stream: false,
    body,
    form: undefined,
    headers: {},
    limits: {},
    model: 'm',
    provider,
    key: { id: 'k', path: 'litellm', compat: 'openai' },
    withholdUsage: false,
  };
  return toOpenAIRequest(call);
}

const calls = [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }];
const turn = { role: 'assistant', content: null, tool_calls: calls };
const thinking = { type: 'enabled' };

describe('the request under compat: openai', () => {
  it('is what the client sent, unknown fields and all', () => {
    const body = { model: 'm', temperature: 0, vendor: { a: [null] }, seed: 0, extra: null };
    expect(requestOf(body)).toBe(body);
  });

  it('has extra_body at the top, where the client’s own fields win', () => {
    const body = { model: 'm', extra_body: { enable_thinking: true, model: 'other' } };
    expect(requestOf(body)).toEqual({ model: 'm', enable_thinking: true });
  });

  it('never has an extra_body, not even one that is no object', () => {
    expect(requestOf({ model: 'm', extra_body: 'x' })).toEqual({ model: 'm' });
  });
});

describe.each<[ProviderType, CompatibleProfile | undefined]>([
  ['deepseek', undefined],
  ['openai-compatible', 'moonshot'],
])('a history with tool calls for %s %s', (type, profile) => {
  it('gets an empty reasoning_content where thinking is on and the client gave none', () => {
    const { messages } = requestOf({ messages: [turn], thinking }, type, profile);
    expect(messages).toEqual([{ ...turn, reasoning_content: '' }]);
  });

  it('keeps the client’s', () => {
    const told = { ...turn, reasoning_content: 'since it rains' };
    expect(requestOf({ messages: [told], thinking }, type, profile).messages).toEqual([told]);
  });

  it.each([
    ['thinking is off', { messages: [turn], thinking: { type: 'disabled' } }],
    ['nothing is said of thinking', { messages: [turn] }],
    ['no tool is called', { messages: [{ role: 'assistant', content: 'Hi', tool_calls: [] }], thinking }],
    ['the messages are no list', { messages: 'Hi', thinking }],
  ])('is left alone where %s', (_, body) => {
    expect(requestOf(body, type, profile)).toEqual(body);
  });
});

it('leaves histories for other providers alone', () => {
  const body = { messages: [turn], thinking };
  expect(requestOf(body, 'openai-compatible', 'groq')).toBe(body);
});
