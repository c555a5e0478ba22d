import type { IncomingHttpHeaders } from 'node:http';
import type { VirtualKey } from '../../core/catalog.ts';
import { GatewayError } from '../../core/gateway-error.ts';
import type { Catalog } from '../../services/catalog.ts';
import type { VirtualKeyHasher } from '../../services/virtual-key-hasher.ts';
import { invalidKey, isKeyShaped, readPresentedKeys } from './virtual-key-header.ts';

/** What keys are known by. */
export interface AuthenticateDependencies {
  readonly catalog: Catalog;
  readonly hashKey: VirtualKeyHasher;
}

/**
 * The key that a client presents.
 * @throws GatewayError where there is none that is known, enabled and not expired
 */
export function authenticate(
  { headers }: { readonly headers: IncomingHttpHeaders },
  { catalog, hashKey }: AuthenticateDependencies,
): VirtualKey {
  const now = Date.now();
  for (const presented of readPresentedKeys(headers)) {
    const key = isKeyShaped(presented) ? catalog.findKey(hashKey(presented), now) : undefined;
    if (key === undefined) continue;
    requireUsable(key, now);
    return key;
  }
  throw invalidKey();
}

/**
 * @param now epoch milliseconds
 * @throws GatewayError `api_key_disabled` or `api_key_expired`
 */
export function requireUsable(key: VirtualKey, now: number): void {
  if (!key.enabled) throw new GatewayError('api_key_disabled', 'This API key is disabled.');
  if (key.expiresAt !== undefined && key.expiresAt <= now)
    throw new GatewayError('api_key_expired', 'This API key has expired.');
}
