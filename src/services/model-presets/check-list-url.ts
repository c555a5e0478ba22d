import { GatewayError } from '../../core/gateway-error.ts';
import { type AddressPolicy, refusedAtSave } from '../check-provider-address.ts';
import { refusedAddress } from '../upstream-address.ts';

/**
 * Why a list of prices may not be fetched from there, judged by the text of the URL alone; undefined where it may. It
 * decides what calls cost, so that only a server of one's own may send it in the clear.
 */
export function refusedListUrl(url: string, allowPrivate: boolean): string | undefined {
  if (!allowPrivate && new URL(url).protocol !== 'https:') return 'must be at an https URL';
  return refusedAddress(url, allowPrivate);
}

/**
 * The same for an address that is about to be stored, judged by the addresses that its host has now as well.
 * @throws GatewayError `invalid_body`
 */
export async function checkListUrl(url: string, policy: AddressPolicy): Promise<void> {
  const refused = refusedListUrl(url, policy.allowPrivateUpstreams) ?? (await refusedAtSave(url, policy));
  if (refused === undefined) return;
  throw new GatewayError('invalid_body', `The list of prices ${refused}.`, { param: 'modelPresetsUrl' });
}
