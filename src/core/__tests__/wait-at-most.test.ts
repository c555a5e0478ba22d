import { describe, expect, it } from 'vitest';
import { waitAtMost } from '../wait-at-most.ts';

describe('a limited wait', () => {
  it('gives what comes in time', async () => {
    expect(await waitAtMost(Promise.resolve('answer'), 10_000)).toBe('answer');
  });

  it('throws what the promise rejects with', async () => {
    await expect(waitAtMost(Promise.reject(new Error('gone')), 10_000)).rejects.toThrow('gone');
  });

  it('ends where nothing comes, and lets a later failure pass', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(waitAtMost(promise, 1)).rejects.toThrow('no answer within 1 ms');
    reject(new Error('too late to matter'));
  });

  it('takes what arrived while the process was busy', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const waiting = waitAtMost(promise, 1);
    // As a socket would be read: after the timers that are due, before the loop turns.
    setTimeout(() => resolve('answer'), 2);
    const until = performance.now() + 20;
    while (performance.now() < until);
    expect(await waiting).toBe('answer');
  });
});
