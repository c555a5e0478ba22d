import { BlockList, isIP } from 'node:net';

/** What the registries have given out of IPv6 (RFC 4291, 2.4). */
const GLOBAL_UNICAST = createBlockList([], [['2000::', 3]]);
/** Ranges that no provider on the internet has: RFC 6890, and in IPv6 what is special inside the global block. */
const NOT_PUBLIC = createBlockList(
  [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ],
  [
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['3fff::', 20],
  ],
);
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

/** Whether an IP address is loopback, private, link-local (cloud metadata among them), or otherwise not public. */
export function isPrivateAddress(address: string): boolean {
  if (isIP(address) === 4) return NOT_PUBLIC.check(address, 'ipv4');
  const translated = translatedIPv4(address);
  if (translated !== undefined) return NOT_PUBLIC.check(translated, 'ipv4');
  // Everything public is in one block; mapped and compatible notations of IPv4 lie outside of it.
  return !GLOBAL_UNICAST.check(address, 'ipv6') || NOT_PUBLIC.check(address, 'ipv6');
}

/** The IPv4 address behind a NAT64 one (RFC 6052): how a host with IPv6 only reaches a provider with IPv4 only. */
function translatedIPv4(address: string): string | undefined {
  // A zone (fe80::1%eth0) is no part of an address in a URL.
  const canonical = new URL(`http://[${address.split('%', 1)[0]}]`).hostname.slice(1, -1);
  const groups = /^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/.exec(canonical);
  if (groups === null) return undefined;
  const value = Number.parseInt(groups[1] ?? '0', 16) * 0x10000 + Number.parseInt(groups[2] ?? '0', 16);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}

function createBlockList(
  ipv4: readonly (readonly [string, number])[],
  ipv6: readonly (readonly [string, number])[],
) {
  const list = new BlockList();
  for (const [network, prefix] of ipv4) list.addSubnet(network, prefix, 'ipv4');
  for (const [network, prefix] of ipv6) list.addSubnet(network, prefix, 'ipv6');
  return list;
}
