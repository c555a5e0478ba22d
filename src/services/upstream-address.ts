import { BlockList, isIP } from 'node:net';

/** Ranges that no provider on the internet has: RFC 6890 and its IPv6 counterparts. */
const PRIVATE_RANGES = createPrivateRanges();
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

/** Whether an IP address is loopback, private, link-local (cloud metadata among them), or otherwise not public. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return PRIVATE_RANGES.check(address, 'ipv4');
  return PRIVATE_RANGES.check(address, 'ipv6') || isEmbeddedPrivate(address);
}

/** IPv6 notations that carry an IPv4 address: mapped and NAT64 ones. */
function isEmbeddedPrivate(address: string): boolean {
  const dotted = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted !== undefined) return PRIVATE_RANGES.check(dotted, 'ipv4');
  const hex = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (hex?.[1] === undefined || hex[2] === undefined) return false;
  const value = Number.parseInt(hex[1], 16) * 0x10000 + Number.parseInt(hex[2], 16);
  const octets = [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
  return PRIVATE_RANGES.check(octets.join('.'), 'ipv4');
}

function createPrivateRanges(): BlockList {
  const list = new BlockList();
  const ipv4 = [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const;
  for (const [network, prefix] of ipv4) list.addSubnet(network, prefix, 'ipv4');
  const ipv6 = [
    ['::', 128],
    ['::1', 128],
    ['fc00::', 7],
    ['fe80::', 10],
    ['ff00::', 8],
    ['2001:db8::', 32],
  ] as const;
  for (const [network, prefix] of ipv6) list.addSubnet(network, prefix, 'ipv6');
  return list;
}
