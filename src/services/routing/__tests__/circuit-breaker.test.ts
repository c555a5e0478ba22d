import { describe, expect, it } from 'vitest';
import { OUTCOME_KINDS, type OutcomeKind } from '../../../core/call-outcome.ts';
import { type CircuitBreaker, createCircuitBreaker } from '../circuit-breaker.ts';

const CIRCUIT = 'provider::model';
const OPEN_MS = 120_000;

function setUp() {
  let time = 1_000_000;
  const breaker = createCircuitBreaker(() => time);
  return {
    breaker,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

/** Sends a request that ends at once. @returns whether it was admitted */
function send(breaker: CircuitBreaker, outcome: OutcomeKind | undefined, circuit = CIRCUIT): boolean {
  const settle = breaker.admit(circuit);
  settle?.(outcome);
  return settle !== undefined;
}

function isOpen(breaker: CircuitBreaker, circuit = CIRCUIT): boolean {
  const settle = breaker.admit(circuit);
  settle?.(undefined);
  return settle === undefined;
}

function opened() {
  const setting = setUp();
  send(setting.breaker, 'upstream_error');
  send(setting.breaker, 'upstream_error');
  return setting;
}

describe('a closed breaker', () => {
  it('opens at the second failure in a row, and not at the first', () => {
    const { breaker } = setUp();
    expect(send(breaker, 'upstream_error')).toBe(true);
    expect(isOpen(breaker)).toBe(false);
    expect(send(breaker, 'timeout')).toBe(true);
    expect(isOpen(breaker)).toBe(true);
  });

  it('R2 takes for a failure a 429, a 5xx, a broken connection or a timeout, and nothing else', () => {
    const failures = OUTCOME_KINDS.filter((kind) => {
      const { breaker } = setUp();
      for (let round = 0; round < 5; round += 1) send(breaker, kind);
      return isOpen(breaker);
    });
    expect(failures).toEqual(['rate_limited', 'upstream_error', 'timeout', 'truncated']);
  });

  it('R2 is not opened by clients, however many of their requests are refused or left', () => {
    const { breaker } = setUp();
    send(breaker, 'upstream_error');
    for (let round = 0; round < 100; round += 1)
      send(breaker, round % 2 === 0 ? 'client_error' : 'client_abort');
    expect(isOpen(breaker)).toBe(false);
    // Nor do they make a failure undone.
    send(breaker, 'upstream_error');
    expect(isOpen(breaker)).toBe(true);
  });

  it('forgets failures at a success', () => {
    const { breaker } = setUp();
    for (const outcome of ['timeout', 'success', 'timeout', 'success', 'timeout'] as const)
      send(breaker, outcome);
    expect(isOpen(breaker)).toBe(false);
  });

  it('does not count what was not sent', () => {
    const { breaker } = setUp();
    send(breaker, 'timeout');
    send(breaker, undefined);
    expect(isOpen(breaker)).toBe(false);
    send(breaker, 'timeout');
    expect(isOpen(breaker)).toBe(true);
  });

  it('counts a request once, however often it is told of it', () => {
    const { breaker } = setUp();
    const settle = breaker.admit(CIRCUIT);
    settle?.('timeout');
    settle?.('timeout');
    expect(isOpen(breaker)).toBe(false);
  });

  it('is one for each provider and model', () => {
    const { breaker } = opened();
    expect(isOpen(breaker, 'provider::other')).toBe(false);
    expect(isOpen(breaker, 'other::model')).toBe(false);
  });
});

describe('an open breaker', () => {
  it('lets nothing through for two minutes', () => {
    const { breaker, pass } = opened();
    pass(OPEN_MS - 1);
    expect(isOpen(breaker)).toBe(true);
    pass(1);
    expect(isOpen(breaker)).toBe(false);
  });

  it('does not care for what was sent before it opened', () => {
    const { breaker, pass } = setUp();
    const early = Array.from({ length: 4 }, () => breaker.admit(CIRCUIT));
    early[0]?.('timeout');
    early[1]?.('timeout');
    pass(OPEN_MS - 1);
    // Neither is it open for longer on account of it, nor closed.
    early[2]?.('timeout');
    early[3]?.('success');
    expect(isOpen(breaker)).toBe(true);
    pass(1);
    expect(isOpen(breaker)).toBe(false);
  });

  it('is kept open, or closed, by what is sent in any case', () => {
    const { breaker, pass } = opened();
    pass(OPEN_MS - 1);
    breaker.observe(CIRCUIT)('timeout');
    pass(1);
    expect(isOpen(breaker)).toBe(true);
    breaker.observe(CIRCUIT)('success');
    expect(isOpen(breaker)).toBe(true);
    breaker.observe(CIRCUIT)('success');
    expect(isOpen(breaker)).toBe(false);
  });
});

describe('a breaker that is tried', () => {
  function tried() {
    const setting = opened();
    setting.pass(OPEN_MS);
    return setting;
  }

  it('lets three through at once', () => {
    const { breaker } = tried();
    const admitted = Array.from({ length: 5 }, () => breaker.admit(CIRCUIT));
    expect(admitted.map((settle) => settle !== undefined)).toEqual([true, true, true, false, false]);
    admitted[0]?.('client_error');
    expect(isOpen(breaker)).toBe(false);
  });

  it('lets no more through on account of requests that are sent in any case', () => {
    const { breaker } = tried();
    for (let round = 0; round < 3; round += 1) breaker.admit(CIRCUIT);
    for (let round = 0; round < 3; round += 1) breaker.observe(CIRCUIT)('client_error');
    expect(isOpen(breaker)).toBe(true);
  });

  it('closes at the second success, with nothing left of what was', () => {
    const { breaker } = tried();
    send(breaker, 'success');
    send(breaker, 'success');
    const many = Array.from({ length: 10 }, () => breaker.admit(CIRCUIT));
    expect(many).not.toContain(undefined);
    many[0]?.('timeout');
    expect(isOpen(breaker)).toBe(false);
  });

  it('opens again at one failure, for two minutes from then on', () => {
    const { breaker, pass } = tried();
    send(breaker, 'success');
    send(breaker, 'rate_limited');
    pass(OPEN_MS - 1);
    expect(isOpen(breaker)).toBe(true);
    pass(1);
    // The success before does not count any more.
    send(breaker, 'success');
    send(breaker, 'timeout');
    expect(isOpen(breaker)).toBe(true);
  });

  it.each([undefined, 'client_error', 'client_abort', 'gateway_error'] as const)(
    'is as it was after a trial that ends with %s, and takes the next',
    (outcome) => {
      const { breaker } = tried();
      for (let round = 0; round < 10; round += 1) expect(send(breaker, outcome)).toBe(true);
      expect(send(breaker, 'timeout')).toBe(true);
      expect(isOpen(breaker)).toBe(true);
    },
  );

  it('gives a place back once, however often a trial is settled', () => {
    const { breaker } = tried();
    const [first] = [breaker.admit(CIRCUIT), breaker.admit(CIRCUIT), breaker.admit(CIRCUIT)];
    for (let round = 0; round < 3; round += 1) first?.('client_error');
    expect(breaker.admit(CIRCUIT)).toBeDefined();
    expect(breaker.admit(CIRCUIT)).toBeUndefined();
  });

  it('is not shut for good by trials of which nothing is ever heard', () => {
    const { breaker, pass } = tried();
    for (let round = 0; round < 3; round += 1) breaker.admit(CIRCUIT);
    pass(OPEN_MS - 1);
    expect(isOpen(breaker)).toBe(true);
    pass(1);
    expect(send(breaker, 'success')).toBe(true);
    expect(send(breaker, 'success')).toBe(true);
    expect(isOpen(breaker)).toBe(false);
  });

  it('still has the trials under way in its count when it opens again meanwhile', () => {
    const { breaker, pass } = tried();
    const [first, second] = [breaker.admit(CIRCUIT), breaker.admit(CIRCUIT)];
    first?.('timeout');
    pass(OPEN_MS);
    // What began before it opened again says nothing of now.
    second?.('success');
    send(breaker, 'success');
    send(breaker, 'timeout');
    expect(isOpen(breaker)).toBe(true);
  });
});
