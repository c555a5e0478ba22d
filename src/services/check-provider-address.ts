import { type ProfiledProvider, profileOf } from '../config/provider-mapping.ts';
import { GatewayError } from '../core/gateway-error.ts';
import { refusedHost } from './upstream-address.ts';

interface AddressPolicy {
  readonly allowPrivateUpstreams: boolean;
  /** @throws Error where the name has no address */
  readonly resolveHost: (hostname: string) => Promise<readonly string[]>;
}

/**
 * Refuses an account whose address may not be dialled, or that has none. A name that cannot be resolved now passes:
 * it is judged again at each connection.
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
  const resolveOrPass = (hostname: string) => policy.resolveHost(hostname).catch(() => []);
  const refused = await refusedHost(baseUrl, policy.allowPrivateUpstreams, resolveOrPass);
  if (refused !== undefined) throw addressFault(refused);
}

function addressFault(reason: string): GatewayError {
  return new GatewayError('invalid_body', `The base URL ${reason}.`, { param: 'baseUrl' });
}
