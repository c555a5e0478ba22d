import { describe, expect, it } from 'vitest';
import { outcomeOfAnswer } from '../../src/core/buffered-answer.ts';
import type { ProviderCall } from '../../src/core/provider-call.ts';
import { Secret } from '../../src/core/secret.ts';
import { classifyLegacyAnswer } from '../classify-answer.ts';

const timings = { sentAt: 1, readyAt: 2, firstTokenAt: undefined };
const good = { choices: [{ index: 0, finish_reason: 'stop' }], usage: { prompt_tokens: 1 } };

const call = (stream = false): ProviderCall => ({
  requestId: 'req_1',
  drawId: 'draw_1',
  endpoint: 'chat.completions',
  upstreamPath: '/chat/completions',
  stream,
  body: {},
  headers: {},
  model: 'gpt',
  provider: {
    id: 'p',
    type: 'openai',
    baseUrl: 'https://llm.example/v1',
    baseUrlIsExplicit: true,
    apiKey: new Secret('sk-upstream'),
  },
  key: { id: 'key_1', path: 'auto', compat: 'portkey' },
  withholdUsage: false,
  form: undefined,
  limits: {},
});

describe('classifyLegacyAnswer', () => {
  it.each([
    ['a good answer', 200, good],
    ['a good answer that has the word failure', 200, { ...good, status: 'failure', message: 'x' }],
    ['a 200 with an error', 200, { error: { code: 'server_error' } }],
    ["an error's name as finish reason", 200, { choices: [{ index: 0, finish_reason: 'server_error' }] }],
    ['a refusal by the provider', 400, { error: { code: 'invalid' } }],
    ['a rate limit', 429, { error: { code: 'rate_limit_exceeded' } }],
    ['a fault of the provider', 500, { error: { type: 'server_error' } }],
    ['a timeout', 504, { error: { message: 'timeout' } }],
    ['an HTML page of the provider', 502, { 'html-message': '<html>502</html>' }],
    ['no JSON', 502, undefined],
    ['a list', 500, [{ status: 'failure' }]],
  ])('counts %s as the new path does', (_, status, answer) => {
    const expected = outcomeOfAnswer('chat.completions', status, answer, timings);
    expect(classifyLegacyAnswer(call(), status, answer, timings)).toEqual(expected);
  });

  it.each([
    ['Message: fetch failed', 'upstream_error'],
    ['Message: Headers Timeout Error', 'timeout'],
  ])('counts %j, by which Portkey reports a failed fetch, as %s', (text, kind) => {
    expect(classifyLegacyAnswer(call(), 500, { 'html-message': text }, timings)).toMatchObject({
      kind,
      errorCode: 'legacy_upstream_failure',
      timings,
    });
  });

  it.each([
    [500, 'Something went wrong', 'upstream_error'],
    [500, 'Invalid config passed', 'gateway_error'],
    [400, 'Invalid config passed', 'gateway_error'],
    [503, undefined, 'gateway_error'],
  ])('counts a failure of Portkey under HTTP %i with the message %j as %s', (status, message, kind) => {
    const answer = { status: 'failure', message };
    expect(classifyLegacyAnswer(call(), status, answer, timings)).toMatchObject({
      kind,
      errorCode: 'legacy_failure',
    });
  });

  it('counts a document in place of the stream that was asked for as a fault, and an error answer as what it is', () => {
    expect(classifyLegacyAnswer(call(true), 200, good, timings).kind).toBe('upstream_error');
    expect(classifyLegacyAnswer(call(true), 429, { error: {} }, timings).kind).toBe('rate_limited');
  });
});
