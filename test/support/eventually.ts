import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until the condition holds.
 * @param limitMs after which it fails; generous, since it bounds a wait and measures nothing
 */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  limitMs = 20_000,
): Promise<void> {
  const until = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`The condition did not hold within ${limitMs} ms.`);
    await sleep(20);
  }
}
