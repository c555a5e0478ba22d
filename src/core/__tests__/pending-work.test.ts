import { describe, expect, it } from 'vitest';
import { createPendingWork } from '../pending-work.ts';

describe('pending work', () => {
  it('is settled where there is none', async () => {
    await createPendingWork().settled();
  });

  it('is settled when all of it is over, what began meanwhile included', async () => {
    const work = createPendingWork();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const over: string[] = [];
    work.track(first.promise.then(() => work.track(second.promise.then(() => void over.push('second')))));
    const settled = work.settled().then(() => over.push('settled'));
    first.resolve();
    await first.promise;
    second.resolve();
    await settled;
    expect(over).toEqual(['second', 'settled']);
  });
});
