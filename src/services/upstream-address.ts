import { isIP } from 'node:net';
import { isPrivateAddress } from '../core/private-address.ts';

const LOCAL_NAMES = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|localdomain)\.?$/i;

/**
 * Why a base URL may not be dialled, judged by its text alone; undefined where it may. A name that resolves to a
 * private address is found when the connection is made.
 */
export function refusedAddress(baseUrl: string, allowPrivate: boolean): string | undefined {
  const url = new URL(baseUrl);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an http or https URL';
  if (url.username !== '' || url.password !== '') return 'must not carry credentials';
  if (allowPrivate) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0 ? LOCAL_NAMES.test(host) : isPrivateAddress(host)) {
    return 'is a loopback or private address; ALLOW_PRIVATE_UPSTREAMS=true would allow it';
  }
  return undefined;
}

/**
 * The same, judged by the addresses that its host has now as well.
 * @param resolveHost all addresses of a name; is asked only where the text does not tell
 * @throws whatever `resolveHost` does
 */
export async function refusedHost(
  baseUrl: string,
  allowPrivate: boolean,
  resolveHost: (hostname: string) => Promise<readonly string[]>,
): Promise<string | undefined> {
  const refused = refusedAddress(baseUrl, allowPrivate);
  const { hostname } = new URL(baseUrl);
  if (refused !== undefined || allowPrivate || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return refused;
  if (!(await resolveHost(hostname)).some(isPrivateAddress)) return undefined;
  return 'resolves to a loopback or private address; ALLOW_PRIVATE_UPSTREAMS=true would allow it';
}
