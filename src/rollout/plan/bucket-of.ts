import { normalizedStrategyValue } from 'unleash-client/lib/strategy/util.js';
import { ROLLOUT_FLAG } from '../flag-definition.ts';

/** The bucket, from 1 to 100, that the rollout flag puts a key into: it is enrolled from that percentage on. */
export function bucketOf(keyId: string, groupId: string = ROLLOUT_FLAG): number {
  return normalizedStrategyValue(keyId, groupId);
}
