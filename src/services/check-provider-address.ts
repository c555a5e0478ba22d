import { type ProfiledProvider, profileOf } from '../config/provider-mapping.ts';
import { GatewayError } from '../core/gateway-error.ts';
import { waitAtMost } from '../core/wait-at-most.ts';
import { refusedHost } from './upstream-address.ts';

/** How long a save waits for a name server, in milliseconds. */
const RESOLVE_LIMIT_MS = 5_000;

/** Which addresses may be dialled, and how a name's are found. */
export interface AddressPolicy {
  readonly allowPrivateUpstreams: boolean;
  /** @throws Error where the name has no address */
  readonly resolveHost: (hostname: string) => Promise<readonly string[]>;
}

/**
 * Why a base URL may not be saved; undefined where it may. A name that cannot be resolved now, or not in time, passes:
 * it is judged again at each connection.
 */
export function refusedAtSave(baseUrl: string, policy: AddressPolicy): Promise<string | undefined> {
  const resolveOrPass = (hostname: string) =>
    waitAtMost(policy.resolveHost(hostname), RESOLVE_LIMIT_MS).catch(() => []);
  return refusedHost(baseUrl, policy.allowPrivateUpstreams, resolveOrPass);
}

/**
 * Refuses an account whose address may not be dialled, or that has none.
 * @param provider its `baseUrl` is what the operator wrote, undefined for the type's default
 * @throws GatewayError `invalid_body`
 */
export async function checkProviderAddress(
  provider: ProfiledProvider & { readonly baseUrl: string | undefined },
  policy: AddressPolicy,
): Promise<void> {
  if (provider.profile !== undefined && provider.type !== 'openai-compatible') {
    throw new GatewayError('invalid_body', 'A profile belongs to the type openai-compatible only.', {
      param: 'profile',
    });
  }
  const baseUrl = provider.baseUrl ?? profileOf(provider).defaultBaseUrl;
  if (baseUrl === undefined) throw addressFault('is needed: the type has no default');
  const refused = await refusedAtSave(baseUrl, policy);
  if (refused !== undefined) throw addressFault(refused);
}

function addressFault(reason: string): GatewayError {
  return new GatewayError('invalid_body', `The base URL ${reason}.`, { param: 'baseUrl' });
}
