import { describe, expect, it } from 'vitest';
import type { OutcomeKind } from '../../core/call-outcome.ts';
import type { PathName } from '../../core/route-decision.ts';
import { type BreakerFigures, createLocalBreaker } from '../local-breaker.ts';

function setUp(isLegacyUp = true) {
  const clock = { now: 1_000_000 };
  const changes: (readonly [string, BreakerFigures])[] = [];
  const breaker = createLocalBreaker({
    now: () => clock.now,
    canLegacyServe: () => isLegacyUp,
    onChange: (state, figures) => changes.push([state, figures]),
    waitMs: 30_000,
  });
  const count = (times: number, kind: OutcomeKind, path: PathName = 'litellm') => {
    for (let time = 0; time < times; time += 1) breaker.count(path, { kind }, breaker.takeProbe());
  };
  const wait = (milliseconds: number) => {
    clock.now += milliseconds;
  };
  return { breaker, changes, count, wait };
}

describe('the breaker of the new path', () => {
  it('opens at the fifth fault of the path itself within a minute, and says so once', () => {
    const { breaker, count, changes } = setUp();
    count(4, 'gateway_error');
    expect(breaker.isOpen()).toBe(false);
    count(1, 'gateway_error');
    expect([breaker.isOpen(), breaker.isTripped()]).toEqual([true, true]);
    expect(changes).toEqual([['open', { requests: 5, faults: 5 }]]);
  });

  it.each<[string, (given: ReturnType<typeof setUp>) => void]>([
    ['faults of the provider', ({ count }) => count(50, 'upstream_error')],
    [
      'faults that are less than a fifth',
      ({ count }) => {
        count(21, 'success');
        count(5, 'gateway_error');
      },
    ],
    [
      'faults that are spread over more than a minute',
      ({ count, wait }) => {
        for (let times = 0; times < 20; times += 1) {
          count(1, 'gateway_error');
          wait(16_000);
        }
      },
    ],
    [
      'faults that the legacy path has as well',
      ({ count }) => {
        count(10, 'success', 'legacy');
        count(1, 'gateway_error', 'legacy');
        count(20, 'gateway_error');
      },
    ],
    [
      'what both paths refuse',
      ({ breaker }) => {
        for (let times = 0; times < 9; times += 1) {
          breaker.count(
            'litellm',
            { kind: 'gateway_error', errorCode: 'upstream_address_refused' },
            undefined,
          );
        }
      },
    ],
  ])('does not open for %s', (_, happen) => {
    const given = setUp();
    happen(given);
    expect(given.breaker.isTripped()).toBe(false);
  });

  it('does not open where there is no legacy path to go to', () => {
    const { breaker, count } = setUp(false);
    count(20, 'gateway_error');
    expect(breaker.isTripped()).toBe(false);
  });

  it('lets one request try after a while, and closes after three that went well', () => {
    const { breaker, count, wait, changes } = setUp();
    count(5, 'gateway_error');
    wait(29_999);
    expect(breaker.isOpen()).toBe(true);
    wait(1);
    expect(breaker.isOpen()).toBe(false);
    const probe = breaker.takeProbe();
    expect(probe).toBeDefined();
    expect(breaker.isOpen()).toBe(true);
    expect(breaker.takeProbe()).toBeUndefined();
    breaker.count('litellm', { kind: 'success' }, probe);
    expect([breaker.isOpen(), breaker.isTripped()]).toEqual([false, true]);
    count(2, 'success');
    expect(breaker.isTripped()).toBe(false);
    expect(changes.map(([state]) => state)).toEqual(['open', 'closed']);
  });

  it('opens for twice as long where the probe fails, and at most for ten minutes', () => {
    const { breaker, count, wait } = setUp();
    count(5, 'gateway_error');
    for (const expected of [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
      wait(expected - 1);
      expect(breaker.isOpen()).toBe(true);
      wait(1);
      expect(breaker.isOpen()).toBe(false);
      count(1, 'gateway_error');
    }
  });

  it('waits for no probe for ever, and takes one back that was not sent', () => {
    const { breaker, count, wait } = setUp();
    count(5, 'gateway_error');
    wait(30_000);
    breaker.takeProbe();
    expect(breaker.isOpen()).toBe(true);
    wait(60_000);
    const other = breaker.takeProbe();
    if (other === undefined) throw new Error('There is no probe.');
    breaker.giveBack(other);
    expect(breaker.isOpen()).toBe(false);
  });

  it('learns nothing of a probe whose client has left', () => {
    const { breaker, count, wait } = setUp();
    count(5, 'gateway_error');
    wait(30_000);
    count(10, 'client_abort');
    expect(breaker.isTripped()).toBe(true);
    expect(breaker.isOpen()).toBe(false);
  });
});
