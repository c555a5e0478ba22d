import type { ChildProcess } from 'node:child_process';
import { z } from 'zod';
import { waitAtMost } from '../src/core/wait-at-most.ts';

const LIMIT_MS = 2_000;

const heardMessage = z.object({ trustedHosts: z.string() });

/**
 * Host names as Portkey's variable `TRUSTED_CUSTOM_HOSTS` has them. The variable replaces Portkey's own list, which
 * trusts loopback; a name that cannot exist stands for nobody.
 */
export function toTrustedHosts(hosts: readonly string[]): string {
  return hosts.length > 0 ? hosts.join(',') : 'nobody.invalid';
}

/**
 * Tells a running Portkey which hosts it may be sent to from now on, and resolves when it has heard, or has ended.
 * @param trustedHosts as `toTrustedHosts` gives them
 * @throws Error where it does not hear in time
 */
export async function tellTrustedHosts(child: ChildProcess, trustedHosts: string): Promise<void> {
  const { promise: heard, resolve, reject } = Promise.withResolvers<void>();
  const onMessage = (message: unknown) => {
    if (heardMessage.safeParse(message).data?.trustedHosts === trustedHosts) resolve();
  };
  child.on('message', onMessage);
  child.once('exit', resolve);
  child.send({ trustedHosts }, (error) => error !== null && reject(error));
  try {
    await waitAtMost(heard, LIMIT_MS);
  } finally {
    child.off('message', onMessage);
    child.off('exit', resolve);
  }
}
