import { expect, it } from 'vitest';
import { OUTCOME_KINDS, outcomeOfStatus } from '../call-outcome.ts';

it.each([
  [200, 'success'],
  [204, 'success'],
  [302, 'success'],
  [399, 'success'],
  [400, 'client_error'],
  [401, 'client_error'],
  [404, 'client_error'],
  [408, 'timeout'],
  [422, 'client_error'],
  [428, 'client_error'],
  [429, 'rate_limited'],
  [430, 'client_error'],
  [499, 'client_error'],
  [500, 'upstream_error'],
  [503, 'upstream_error'],
  [504, 'timeout'],
  [529, 'upstream_error'],
])('HTTP %i counts as %s', (status, kind) => {
  expect(outcomeOfStatus(status)).toBe(kind);
});

it('knows the outcomes of the contract, each once', () => {
  expect([...OUTCOME_KINDS].sort()).toEqual([
    'client_abort',
    'client_error',
    'gateway_error',
    'rate_limited',
    'success',
    'timeout',
    'truncated',
    'upstream_error',
  ]);
});
