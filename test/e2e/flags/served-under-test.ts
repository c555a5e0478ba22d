import { onTestFinished } from 'vitest';
import type { FlagServer } from '../../../src/rollout/flag-server/flag-server.ts';
import type { UnleashServer } from '../../support/unleash-server.ts';
import type { FlagPerson } from './flag-person.ts';
import type { FlagProxy, ProxiedRequest } from './flag-proxy.ts';
import { type OpenRollout, openRollout } from './open-rollout.ts';

export const FLAG = 'use-litellm';
export const KILL = 'litellm-kill';

/** The one Unleash server of a test file, with all that stands around it. */
export interface ServedUnderTest {
  readonly unleash: UnleashServer;
  /** Between the gateway and the server. */
  readonly proxy: FlagProxy;
  readonly person: FlagPerson;
  /** How the gateway sees it, through the proxy. */
  readonly server: FlagServer;
}

/** A rollout of its own, started, and closed when the test is over. */
export async function startServed(
  { server }: ServedUnderTest,
  given: Partial<FlagServer> = {},
  dataDir?: string,
): Promise<OpenRollout> {
  const open = await openRollout({ ...server, ...given }, dataDir);
  onTestFinished(() => open.close());
  await open.rollout.start();
  return open;
}

export function percentOf({ rollout }: OpenRollout): number {
  return rollout.summary().enrolledPercent;
}

export function flagState({ rollout }: OpenRollout): string | undefined {
  return rollout.states().find(({ name }) => name === 'flags')?.status;
}

export function isPoll({ path }: ProxiedRequest): boolean {
  return path.startsWith('/api/client/features');
}
