import { describe, expect, it } from 'vitest';
import { OUTCOME_KINDS } from '../../../core/call-outcome.ts';
import { ROUTE_REASONS } from '../../../core/route-decision.ts';
import { badEventsOf, type ComparedRequest } from '../bad-events.ts';

const SLOW = { firstTokenMs: 1_000, overheadMs: 10, tokenMs: 50 };
const GOOD: ComparedRequest = {
  reason: 'enrolled',
  outcome: 'success',
  isCacheHit: false,
  firstTokenMs: 1_000,
  overheadMs: 10,
  tokenMs: 50,
  usageDiffers: false,
};

const eventsOf = (fields: Partial<ComparedRequest>) => badEventsOf({ ...GOOD, ...fields }, SLOW);

describe('the bad events of a request', () => {
  it.each(OUTCOME_KINDS.map((outcome) => [outcome] as const))('follow from its outcome: %s', (outcome) => {
    const expected = {
      success: [],
      client_error: ['provider_4xx'],
      rate_limited: ['rate_limited'],
      upstream_error: ['any_failure', 'upstream_error'],
      timeout: ['any_failure', 'upstream_error'],
      truncated: ['any_failure', 'truncated'],
      gateway_error: ['any_failure', 'gateway_error'],
      client_abort: undefined,
    };
    expect(eventsOf({ outcome })).toEqual(expected[outcome]);
  });

  it.each([
    ['slow_first_token', { firstTokenMs: 1_001 }],
    ['slow_overhead', { overheadMs: 10.1 }],
    ['slow_token_rate', { tokenMs: 51 }],
    ['usage_differs', { usageDiffers: true }],
  ])('have %s for %j, and nothing at the threshold or where nothing is known', (stream, fields) => {
    expect(eventsOf(fields)).toEqual([stream]);
    const unknown = {
      firstTokenMs: undefined,
      overheadMs: undefined,
      tokenMs: undefined,
      usageDiffers: undefined,
    };
    expect(eventsOf(unknown)).toEqual([]);
  });

  it('are not looked for in an answer of the cache, which no path had a part in', () => {
    expect(eventsOf({ isCacheHit: true })).toBeUndefined();
    expect(eventsOf({ isCacheHit: true, outcome: 'truncated' })).toBeUndefined();
  });

  it('are looked for where the arm was drawn, and nowhere else', () => {
    const compared = ROUTE_REASONS.filter((reason) => eventsOf({ reason }) !== undefined);
    expect(compared.toSorted()).toEqual(['control_arm', 'enrolled']);
  });
});
