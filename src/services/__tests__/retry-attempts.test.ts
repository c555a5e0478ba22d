import { describe, expect, it } from 'vitest';
import { singleChunk } from '../../core/buffered-answer.ts';
import { GatewayError } from '../../core/gateway-error.ts';
import type { Reply } from '../../core/request-path.ts';
import { retryAttempts } from '../retry-attempts.ts';

type Step = number | GatewayError | readonly [number, Reply['headers']];

/** Runs attempts that end as told, one after the other, and notes the waits between them. */
async function run(steps: readonly Step[], maxRetries = 2, abortAt = Number.POSITIVE_INFINITY) {
  const client = new AbortController();
  const waits: number[] = [];
  let attempts = 0;
  const attempt = async () => {
    const step = steps[attempts] ?? 200;
    attempts += 1;
    if (step instanceof GatewayError) throw step;
    return replyOf(step);
  };
  const sleep = async (milliseconds: number) => {
    waits.push(milliseconds);
    if (waits.length >= abortAt) throw new Error('aborted');
  };
  const outcome = await retryAttempts(attempt, {
    maxRetries,
    signal: client.signal,
    sleep,
    random: () => 0,
  }).then(
    ({ status }) => status,
    (error: GatewayError) => error.code,
  );
  return { outcome, attempts, waits };
}

function replyOf(step: number | readonly [number, Reply['headers']]): Reply {
  const [status, headers] = typeof step === 'number' ? [step, {}] : step;
  const outcome = Promise.resolve({ kind: 'success' as const });
  return { status, headers, body: singleChunk(Buffer.alloc(0)), outcome };
}

const unreachable = new GatewayError('upstream_unreachable', 'nobody');
const timeout = new GatewayError('upstream_timeout', 'late');
const refused = new GatewayError('upstream_address_refused', 'private');

describe('retried attempts', () => {
  it.each([408, 409, 429, 500, 502, 503, 504])('are those that end with %i', async (status) => {
    expect(await run([status, 200])).toEqual({ outcome: 200, attempts: 2, waits: [500] });
  });

  it.each([200, 400, 401, 403, 404, 413, 422, 501])('are not those that end with %i', async (status) => {
    expect(await run([status])).toEqual({ outcome: status, attempts: 1, waits: [] });
  });

  it('are at most as many as allowed, after waits that double, and the last answer counts', async () => {
    expect(await run([500, 503, 429, 200])).toEqual({ outcome: 429, attempts: 3, waits: [500, 1000] });
    expect(await run([500, 200], 0)).toEqual({ outcome: 500, attempts: 1, waits: [] });
  });

  it('are those that reach nobody, but no timeout and no refused address', async () => {
    expect(await run([unreachable, unreachable, 200])).toMatchObject({ outcome: 200, attempts: 3 });
    expect(await run([unreachable, unreachable, unreachable])).toMatchObject({
      outcome: 'upstream_unreachable',
    });
    expect(await run([timeout])).toMatchObject({ outcome: 'upstream_timeout', attempts: 1 });
    expect(await run([refused])).toMatchObject({ outcome: 'upstream_address_refused', attempts: 1 });
  });

  it.each([
    ['seconds', { 'retry-after': '3' }, [3_000]],
    ['milliseconds', { 'retry-after-ms': '40', 'retry-after': '3' }, [40]],
    ['a date that has passed', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, [0]],
    ['something unreadable', { 'retry-after': 'soon' }, [500]],
    ['five seconds', { 'retry-after': '5' }, [5_000]],
  ])('wait as the provider asks: %s', async (_name, headers, waits) => {
    expect(await run([[429, headers], 200])).toEqual({ outcome: 200, attempts: 2, waits });
  });

  it('do not follow a provider that asks for more than five seconds, or for more than eight in all', async () => {
    expect(await run([[429, { 'retry-after': '6' }], 200])).toEqual({ outcome: 429, attempts: 1, waits: [] });
    const fiveSeconds = [429, { 'retry-after': '5' }] as const;
    expect(await run([fiveSeconds, fiveSeconds, 200])).toEqual({ outcome: 429, attempts: 2, waits: [5_000] });
  });

  it('obey x-should-retry over the status', async () => {
    expect(await run([[429, { 'x-should-retry': 'false' }], 200])).toMatchObject({
      outcome: 429,
      attempts: 1,
    });
    expect(await run([[400, { 'x-should-retry': 'true' }], 200])).toMatchObject({
      outcome: 200,
      attempts: 2,
    });
  });

  it('end when the client goes', async () => {
    expect(await run([500, 500, 200], 2, 1)).toEqual({
      outcome: 'client_closed_request',
      attempts: 1,
      waits: [500],
    });
  });

  it('leave off up to a quarter of a wait at random', async () => {
    const waits: number[] = [];
    let attempts = 0;
    const attempt = async () => replyOf(attempts++ === 0 ? 500 : 200);
    const sleep = async (milliseconds: number) => void waits.push(milliseconds);
    const { signal } = new AbortController();
    await retryAttempts(attempt, { maxRetries: 1, signal, sleep, random: () => 1 });
    expect(waits).toEqual([375]);
  });
});
