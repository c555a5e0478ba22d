/** A block of addresses: its first one as a number, and how many bits after the prefix it leaves free. */
interface Block {
  readonly network: bigint;
  readonly freeBits: bigint;
}

/** What the registries have given out of IPv6 (RFC 4291, 2.4). */
const GLOBAL_UNICAST = toBlock('2000::/3', readIPv6, 128);
/** How a host with IPv6 only reaches a provider with IPv4 only: the last 32 bits are the provider's (RFC 6052). */
const NAT64 = toBlock('64:ff9b::/96', readIPv6, 128);
/** What no provider on the internet has (RFC 6890). */
const NOT_PUBLIC_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure's own services for a virtual machine, secrets among them, under an address that looks public.
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map((text) => toBlock(text, readIPv4, 32));
/** What is special inside the global block, 6to4 among it, which holds any IPv4 address. */
const NOT_PUBLIC_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map((text) =>
  toBlock(text, readIPv6, 128),
);

/**
 * Whether an IP address is loopback, private, link-local (cloud metadata among them), or otherwise not public. So is
 * a text that is no IP address at all.
 * @param address as a name server or a URL gives it, without brackets; a zone (`fe80::1%eth0`) does not count
 */
export function isPrivateAddress(address: string): boolean {
  const ipv4 = readIPv4(address);
  if (ipv4 !== undefined) return isInAny(NOT_PUBLIC_IPV4, ipv4);
  const ipv6 = readIPv6(address);
  if (ipv6 === undefined) return true;
  if (isIn(NAT64, ipv6)) return isInAny(NOT_PUBLIC_IPV4, ipv6 & 0xffff_ffffn);
  // Everything public is in one block; mapped and compatible notations of IPv4 lie outside of it.
  return !isIn(GLOBAL_UNICAST, ipv6) || isInAny(NOT_PUBLIC_IPV6, ipv6);
}

function isInAny(blocks: readonly Block[], address: bigint): boolean {
  return blocks.some((block) => isIn(block, address));
}

function isIn({ network, freeBits }: Block, address: bigint): boolean {
  return address >> freeBits === network >> freeBits;
}

function toBlock(text: string, read: typeof readIPv4, bits: number): Block {
  const [first = '', prefix] = text.split('/');
  return { network: read(first) ?? 0n, freeBits: BigInt(bits - Number(prefix)) };
}

function readIPv4(text: string): bigint | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? join(bytes, 8n) : undefined;
}

/** A URL brings every notation into one: hexadecimal groups, of which a run of zeros is left out as `::`. */
function readIPv6(text: string): bigint | undefined {
  const [address = ''] = text.split('%', 1);
  const url = `http://[${address}]`;
  if (!/^[\da-f:.]+$/i.test(address) || !URL.canParse(url)) return undefined;
  const [before = '', after = ''] = new URL(url).hostname.slice(1, -1).split('::');
  const [left, right] = [groupsOf(before), groupsOf(after)];
  return join([...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right], 16n);
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function join(parts: readonly number[], bitsEach: bigint): bigint {
  return parts.reduce((joined, part) => (joined << bitsEach) | BigInt(part), 0n);
}
