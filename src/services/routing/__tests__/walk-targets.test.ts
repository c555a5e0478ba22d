import { describe, expect, it, vi } from 'vitest';
import { readAll } from '../../../../test/support/event-stream.ts';
import { type CallOutcome, outcomeOfStatus } from '../../../core/call-outcome.ts';
import { type ErrorCode, GatewayError } from '../../../core/gateway-error.ts';
import type { Reply } from '../../../core/request-path.ts';
import { createCircuitBreaker } from '../circuit-breaker.ts';
import type { PlannedTarget } from '../plan-targets.ts';
import { type Observe, walkTargets } from '../walk-targets.ts';
import { resolvedOf } from './routables.ts';

const OPEN_MS = 120_000;

interface WatchedReply extends Reply {
  readonly released: ReturnType<typeof vi.fn>;
}

function replyOf(status: number, outcome?: Promise<CallOutcome>): WatchedReply {
  const released = vi.fn(async () => ({ done: true, value: undefined }) as const);
  const pieces = [Buffer.from(`answer ${status}`)];
  const next = async () => {
    const value = pieces.shift();
    return value === undefined ? ({ done: true, value } as const) : { done: false, value };
  };
  return {
    status,
    headers: {},
    body: { [Symbol.asyncIterator]: () => ({ next, return: released }) },
    outcome: outcome ?? Promise.resolve({ kind: outcomeOfStatus(status) }),
    released,
  };
}

/** An answer's status, an answer, a fault's code, or whatever is thrown. */
type Scripted = number | Reply | ErrorCode | Error | (() => Promise<Reply>);

/** Targets by name, each with what it gives, time after time; what is asked, and what comes of it. */
function setUp(
  script: Readonly<Record<string, Scripted | readonly Scripted[]>>,
  codes: readonly number[] = [],
) {
  const asked: string[] = [];
  let time = 0;
  const aborter = new AbortController();
  const breaker = createCircuitBreaker(() => time);
  const targets = Object.keys(script).map((name, index): PlannedTarget => {
    const onStatusCodes = codes.length > 0 && index === 0 ? new Set(codes) : undefined;
    return { ...resolvedOf(name), onStatusCodes };
  });
  const rounds = new Map<string, number>();
  const scriptedFor = (name: string): Scripted => {
    const given = script[name] ?? 200;
    const round = rounds.get(name) ?? 0;
    rounds.set(name, round + 1);
    return isList(given) ? (given[round] ?? given.at(-1) ?? 200) : given;
  };
  const carry = async ({ model }: PlannedTarget, observe: Observe) => {
    asked.push(model.name);
    return observe(() => play(scriptedFor(model.name)));
  };
  return {
    asked,
    aborter,
    breaker,
    targets,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    walk: (given: { carry?: typeof carry; targets?: readonly PlannedTarget[] } = {}) =>
      walkTargets(given.targets ?? targets, { breaker, carry: given.carry ?? carry, signal: aborter.signal }),
  };
}

function isList(given: Scripted | readonly Scripted[]): given is readonly Scripted[] {
  return Array.isArray(given);
}

async function play(scripted: Scripted): Promise<Reply> {
  if (typeof scripted === 'number') return replyOf(scripted);
  if (typeof scripted === 'string') throw new GatewayError(scripted, 'scripted');
  if (typeof scripted === 'function') return scripted();
  if (scripted instanceof Error) throw scripted;
  return scripted;
}

const codeOf = (code: ErrorCode) => expect.objectContaining({ code });

describe('a walk over targets', () => {
  it('ends at the first that serves', async () => {
    const { walk, asked } = setUp({ one: 200, two: 200 });
    expect((await walk()).status).toBe(200);
    expect(asked).toEqual(['one']);
  });

  it.each([429, 500, 502, 503, 504, 408, 409, 520, 529, 501])('R4 goes on at status %d', async (status) => {
    const { walk, asked } = setUp({ one: status, two: 200 });
    expect((await walk()).status).toBe(200);
    expect(asked).toEqual(['one', 'two']);
  });

  it.each([401, 402, 403, 404])(
    'R4 goes on at status %d, which speaks of one account only',
    async (status) => {
      const { walk, asked } = setUp({ one: status, two: 200 });
      expect((await walk()).status).toBe(200);
      expect(asked).toEqual(['one', 'two']);
    },
  );

  it.each([400, 413, 422, 499])(
    'R4 ends at status %d: the request is the same everywhere',
    async (status) => {
      const { walk, asked } = setUp({ one: status, two: 200 });
      expect((await walk()).status).toBe(status);
      expect(asked).toEqual(['one']);
    },
  );

  it.each([
    'upstream_unreachable',
    'upstream_timeout',
    'upstream_interrupted',
    'upstream_stream_error',
    'upstream_invalid_response',
    'legacy_unavailable',
  ] as const)('goes on at the fault %s', async (code) => {
    const { walk, asked } = setUp({ one: code, two: 200 });
    expect((await walk()).status).toBe(200);
    expect(asked).toEqual(['one', 'two']);
  });

  it.each(['unsupported_parameter', 'upstream_address_refused', 'client_closed_request'] as const)(
    'ends at the fault %s',
    async (code) => {
      const { walk, asked } = setUp({ one: code, two: 200 });
      await expect(walk()).rejects.toEqual(codeOf(code));
      expect(asked).toEqual(['one']);
    },
  );

  it('ends at a fault that nobody foresaw, as an internal error', async () => {
    const { walk, asked } = setUp({ one: new TypeError('a secret'), two: 200 });
    await expect(walk()).rejects.toEqual(codeOf('internal_error'));
    expect(asked).toEqual(['one']);
  });

  it.each([
    [400, [400, 429], ['one', 'two']],
    [429, [400, 429], ['one', 'two']],
    [500, [400, 429], ['one']],
    [401, [500], ['one']],
  ])('R4 after status %d, set to go on at %j, has asked %j', async (status, codes, expected) => {
    const { walk, asked } = setUp({ one: status, two: 200 }, codes);
    await walk();
    expect(asked).toEqual(expected);
  });

  it('R4 goes on at a fault by its status, too, where statuses are set', async () => {
    const { walk, asked } = setUp({ one: 'upstream_timeout', two: 200 }, [504]);
    expect((await walk()).status).toBe(200);
    expect(asked).toEqual(['one', 'two']);
    const other = setUp({ one: 'upstream_timeout', two: 200 }, [502]);
    await expect(other.walk()).rejects.toEqual(codeOf('upstream_timeout'));
  });

  it('R5 asks every target once, in order, and gives what the last one says', async () => {
    const { walk, asked } = setUp({ one: 500, two: 'upstream_unreachable', three: 429, four: 503 });
    const reply = await walk();
    expect(reply.status).toBe(503);
    expect((await readAll(reply.body)).toString()).toBe('answer 503');
    expect(asked).toEqual(['one', 'two', 'three', 'four']);
  });

  it('gives the fault of the last one where that is what it ends with', async () => {
    const { walk } = setUp({ one: 500, two: 'upstream_unreachable' });
    await expect(walk()).rejects.toEqual(codeOf('upstream_unreachable'));
  });

  it('keeps the answer that it gives, where those that follow are not asked', async () => {
    const { walk, breaker, targets } = setUp({ one: 500, two: 500 });
    for (let round = 0; round < 2; round += 1) breaker.observe('provider-two::TWO')('timeout');
    const kept = replyOf(500);
    const reply = await walk({ carry: async (_target, observe) => observe(async () => kept), targets });
    expect(reply).toBe(kept);
    expect(kept.released).not.toHaveBeenCalled();
  });

  it('releases an answer before it asks the next target, and waits for nobody with it', async () => {
    const lost = replyOf(500);
    lost.released.mockReturnValue(Promise.withResolvers().promise);
    const { walk } = setUp({ one: lost, two: 200 });
    expect((await walk()).status).toBe(200);
    expect(lost.released).toHaveBeenCalledTimes(1);
  });

  it('does not fail for an answer that fails when it is released', async () => {
    const lost = replyOf(500);
    lost.released.mockRejectedValue(new Error('broken'));
    const { walk } = setUp({ one: lost, two: 200 });
    expect((await walk()).status).toBe(200);
  });

  it('asks nobody else when the client has gone', async () => {
    const { walk, asked, aborter } = setUp({
      one: () => {
        aborter.abort();
        return play('upstream_unreachable');
      },
      two: 200,
    });
    await expect(walk()).rejects.toEqual(codeOf('upstream_unreachable'));
    expect(asked).toEqual(['one']);
  });
});

describe('the breakers on the way', () => {
  it('R2 have the next target asked at once after two failures, and the first again when it is over', async () => {
    const { walk, asked, pass } = setUp({ one: [500, 'upstream_timeout', 200], two: 200 });
    for (let round = 0; round < 3; round += 1) await walk();
    expect(asked).toEqual(['one', 'two', 'one', 'two', 'two']);
    asked.length = 0;
    pass(OPEN_MS);
    for (let round = 0; round < 3; round += 1) await walk();
    expect(asked).toEqual(['one', 'one', 'one']);
  });

  it('R2 stay closed for requests that are at fault themselves', async () => {
    const { walk, asked } = setUp({ one: 400, two: 200 });
    for (let round = 0; round < 5; round += 1) await walk();
    expect(asked).toEqual(['one', 'one', 'one', 'one', 'one']);
  });

  it('R2 stay closed for clients that leave', async () => {
    const { walk, asked } = setUp({ one: 'client_closed_request', two: 200 });
    for (let round = 0; round < 5; round += 1) await walk().catch(() => {});
    expect(asked).toHaveLength(5);
  });

  it('are all open: 503 with the code that says so, and when to come again', async () => {
    const { walk, asked } = setUp({ one: 500, two: 'upstream_unreachable' });
    for (let round = 0; round < 2; round += 1) await walk().catch(() => {});
    asked.length = 0;
    await expect(walk()).rejects.toMatchObject({
      code: 'upstream_overloaded',
      status: 503,
      retryAfterSeconds: 10,
    });
    expect(asked).toEqual([]);
  });

  it('are as good as open for a plan of nothing', async () => {
    await expect(setUp({}).walk()).rejects.toEqual(codeOf('upstream_overloaded'));
  });

  it('do not stand in the way of a model by itself, and still learn from it', async () => {
    const { walk, asked, breaker } = setUp({ one: 500 });
    for (let round = 0; round < 4; round += 1) expect((await walk()).status).toBe(500);
    expect(asked).toHaveLength(4);
    expect(breaker.admit('provider-one::ONE')).toBeUndefined();
  });

  it('count a stream by its end, long after it was given to the client', async () => {
    const ends = [Promise.withResolvers<CallOutcome>(), Promise.withResolvers<CallOutcome>()];
    const { walk, asked } = setUp({ one: ends.map(({ promise }) => replyOf(200, promise)), two: 200 });
    for (let round = 0; round < 2; round += 1) await walk();
    for (const { resolve } of ends) resolve({ kind: 'truncated' });
    await Promise.all(ends.map(({ promise }) => promise));
    await walk();
    expect(asked).toEqual(['one', 'one', 'two']);
  });

  it('are not told a success, or a failure, by an answer for which nothing was sent', async () => {
    const { walk, asked, targets } = setUp({ one: 500, two: 200 });
    await walk();
    // From the cache, or shared with another request: no call was made for it.
    const cached = async () => replyOf(200);
    const joined = async () => replyOf(500);
    for (let round = 0; round < 3; round += 1) {
      await walk({ carry: cached, targets });
      await walk({ carry: joined, targets: targets.slice(0, 1) });
    }
    await walk();
    await walk();
    expect(asked).toEqual(['one', 'two', 'one', 'two', 'two']);
  });

  it('get a trial back that was not sent, or whose request could not be built', async () => {
    const { walk, asked, pass, targets } = setUp({ one: [500, 500, 200], two: 200 });
    for (let round = 0; round < 2; round += 1) await walk();
    pass(OPEN_MS);
    for (let round = 0; round < 5; round += 1) {
      await walk({ carry: async () => replyOf(200), targets });
      const refused = walk({ carry: () => play('unsupported_parameter'), targets });
      await expect(refused).rejects.toEqual(codeOf('unsupported_parameter'));
    }
    asked.length = 0;
    await walk();
    expect(asked).toEqual(['one']);
  });

  it('are not shut for good by streams that never end', async () => {
    const endless = () => replyOf(200, Promise.withResolvers<CallOutcome>().promise);
    const { walk, asked, pass } = setUp({ one: [500, 500, endless(), endless(), endless(), 200], two: 200 });
    for (let round = 0; round < 2; round += 1) await walk();
    pass(OPEN_MS);
    asked.length = 0;
    for (let round = 0; round < 4; round += 1) await walk();
    expect(asked).toEqual(['one', 'one', 'one', 'two']);
    pass(OPEN_MS);
    await walk();
    expect(asked.at(-1)).toBe('one');
  });
});
