import { lookup } from 'node:dns/promises';

/** All IP addresses of a name, as the system resolves it. @throws Error where it has none */
export async function resolveHost(hostname: string): Promise<readonly string[]> {
  const addresses = await lookup(hostname, { all: true });
  return addresses.map(({ address }) => address);
}
