import { GatewayError } from '../../core/gateway-error.ts';
import { refusedAddress, refusedHost } from '../upstream-address.ts';

interface AddressPolicy {
  readonly allowPrivateUpstreams: boolean;
  /** @throws Error where the name has no address */
  readonly resolveHost: (hostname: string) => Promise<readonly string[]>;
}

/**
 * Why a list of prices may not be fetched from there, judged by the text of the URL alone; undefined where it may. It
 * decides what calls cost, so that only a server of one's own may send it in the clear.
 */
export function refusedListUrl(url: string, allowPrivate: boolean): string | undefined {
  if (!allowPrivate && new URL(url).protocol !== 'https:') return 'must be at an https URL';
  return refusedAddress(url, allowPrivate);
}

/**
 * The same for an address that is about to be stored, judged by the addresses that its host has now as well. A name
 * that cannot be resolved now passes: it is judged again at each connection.
 * @throws GatewayError `invalid_body`
 */
export async function checkListUrl(url: string, policy: AddressPolicy): Promise<void> {
  const { allowPrivateUpstreams: allowPrivate, resolveHost } = policy;
  const resolveOrPass = (hostname: string) => resolveHost(hostname).catch(() => []);
  const refused = refusedListUrl(url, allowPrivate) ?? (await refusedHost(url, allowPrivate, resolveOrPass));
  if (refused === undefined) return;
  throw new GatewayError('invalid_body', `The list of prices ${refused}.`, { param: 'modelPresetsUrl' });
}
