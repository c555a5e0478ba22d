import { expect, it } from 'vitest';
import { pickReplyHeaders } from '../reply-headers.ts';

it.each([
  'content-type',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-ratelimit-remaining-tokens',
  'openai-processing-ms',
  'openai-version',
  'anthropic-organization-id',
])('%s reaches the client', (name) => {
  expect(pickReplyHeaders({ [name]: 'value' })).toEqual({ [name]: 'value' });
});

it.each([
  'set-cookie',
  'server',
  'cf-ray',
  'transfer-encoding',
  'content-length',
  'content-encoding',
  'connection',
  'strict-transport-security',
  'access-control-allow-origin',
  'x-gateway-path',
  'x-ratelimit',
  'not-openai-version',
])('%s does not', (name) => {
  expect(pickReplyHeaders({ [name]: 'value' })).toEqual({});
});

it("the provider's request id goes on under a name of its own", () => {
  expect(pickReplyHeaders({ 'x-request-id': 'req_1' })).toEqual({ 'x-upstream-request-id': 'req_1' });
});

it('a header that came several times keeps all its values, one that did not come is left out', () => {
  const headers = { 'x-ratelimit-a': ['1', '2'], 'openai-b': undefined };
  expect(pickReplyHeaders(headers)).toEqual({ 'x-ratelimit-a': ['1', '2'] });
});
